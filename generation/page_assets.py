"""What the chat page sends to the browser beside its text: one style sheet and three small scripts, all of our own."""

from __future__ import annotations

from generation.feedback import MAX_COMMENT_CHARACTERS

# Colours and spacing of the page. System fonts only: the page asks no other host for anything.
CSS = """
.gradio-container {
  --ink: #1d2733; --quiet: #5d6b7a; --line: #dfe4ea; --paper: #f6f7f9; --card: #ffffff; --accent: #1f5f8b;
  --accent-soft: #e4eff7; --mark: #fff0b8; --good: #1c6b45; --good-soft: #e0f3e8; --fair: #8a5a00;
  --fair-soft: #fdf0d5; --poor: #a3282c; --poor-soft: #fbe5e5;
  color: var(--ink); max-width: none !important; padding: 0 !important; overflow: visible !important;
}
.gradio-container .main { max-width: 72rem !important; margin: 0 auto; padding: 0 1.5rem !important; }
.gradio-container .html-container { padding: 0 !important; }
.dark .gradio-container, .gradio-container.dark {
  --ink: #e3e8ee; --quiet: #9aa7b5; --line: #303a45; --paper: #14191f; --card: #1c232b; --accent: #7cbbe6;
  --accent-soft: #1f3546; --mark: #5b4a12; --good: #7fd3a5; --good-soft: #173527; --fair: #e8bd6a;
  --fair-soft: #3a2d12; --poor: #f0989a; --poor-soft: #421f21;
}
footer { display: none !important; }
.rolebook { color: var(--ink); line-height: 1.6; overflow-wrap: anywhere; }
.rolebook h1, .rolebook h3, .rolebook h4, .rolebook p, .rolebook ul, .rolebook ol, .rolebook blockquote {
  margin: 0; padding: 0; color: inherit; border: 0; font-size: inherit;
}
.rolebook summary { cursor: pointer; }
.rolebook .meta { display: flex; flex-wrap: wrap; gap: 0 .75rem; font-size: .82rem; color: var(--quiet); }
#title { padding: 1.25rem 0 .25rem; }
#title h1 { font-size: 1.45rem; font-weight: 700; letter-spacing: -.01em; }
#title p { color: var(--quiet); }
#layout { gap: 2rem; align-items: flex-start; flex-wrap: nowrap; }
#layout > * { min-width: 0 !important; }
#library { position: sticky; top: 1rem; flex: 0 0 17rem; }
#library .documents { background: var(--card); border: 1px solid var(--line); border-radius: .75rem; }
#library summary { padding: .7rem 1rem; font-weight: 600; }
#library ul { list-style: none; max-height: 70vh; overflow-y: auto; }
#library li { padding: .6rem 1rem; border-top: 1px solid var(--line); font-size: .92rem; line-height: 1.4; }
#library .meta { flex-direction: column; margin-top: .15rem; }
#library .role { color: var(--accent); }
#talk { flex: 1 1 0; gap: .75rem; min-height: calc(100vh - 8rem); min-height: calc(100dvh - 8rem); }
#transcript { flex: 1 1 auto; overflow: visible !important; }
#examples, #composer { flex: 0 0 auto !important; }
.exchanges:empty::before { content: "Ask about the documents. Every answer quotes the places it comes from.";
  display: block; color: var(--quiet); padding: .75rem 0; }
.exchanges { display: flex; flex-direction: column; gap: 1.75rem; padding-bottom: 1rem; }
.exchanges article { display: flex; flex-direction: column; gap: .75rem; scroll-margin-top: 1rem; }
/* Room below the newest question, so that it can stand at the top while its answer grows. */
.exchanges article:last-child:not(:first-child) { min-height: calc(100vh - 9rem); min-height: calc(100dvh - 9rem); }
.question { align-self: flex-end; max-width: 85%; background: var(--accent-soft);
  border-radius: 1rem 1rem .25rem 1rem;
  padding: .55rem 1rem; white-space: pre-wrap; }
.answer { display: flex; flex-direction: column; gap: .65rem; background: var(--card); border: 1px solid var(--line);
  border-radius: .25rem 1rem 1rem 1rem; padding: 1rem 1.15rem; }
.rolebook .answer h3 { font-size: 1.02rem; font-weight: 650; margin-top: .35rem; }
.rolebook .answer > ul { list-style: disc; padding-left: 1.25rem; display: grid; gap: .35rem; }
.scroll { overflow-x: auto; }
.rolebook :is(table, thead, tbody, tr) { border: 0 !important; }
.rolebook table.compare { table-layout: fixed; min-width: 36rem; }
.rolebook table.compare :is(th, td) { vertical-align: top; text-align: left; overflow-wrap: anywhere; }
.rolebook table.compare th[scope=row], .rolebook table.compare thead th:first-child { width: 18%; }
.rolebook table.compare th { color: inherit; font-weight: 600; font-size: inherit; }
.rolebook table.compare ul { list-style: disc; padding-left: 1.1rem; display: grid; gap: .3rem; }
.rolebook table.compare td.none { color: var(--quiet); font-style: italic; }
.rolebook table { border-collapse: collapse; width: 100%; margin: 0; }
.rolebook td { border: 0 !important; border-bottom: 1px solid var(--line) !important; padding: .4rem .9rem .4rem 0;
  vertical-align: top;
  overflow-wrap: normal; background: none; }
.rolebook td:first-child { font-weight: 600; }
.rolebook th { border: 0 !important; padding: 0 .9rem .2rem 0; text-align: left; font-size: .8rem; font-weight: 500;
  color: var(--quiet); background: none; overflow-wrap: normal; }
.cite { font: inherit; font-size: .8em; line-height: 1.3; color: var(--accent); background: var(--accent-soft);
  border: 0;
  border-radius: .35rem; padding: .05rem .35rem; margin-left: .2rem; cursor: pointer;
  font-variant-numeric: tabular-nums; }
.cite:hover { text-decoration: underline; }
.rolebook :is(.cite, summary):focus-visible { outline: 2px solid var(--accent); outline-offset: 2px;
  border-radius: .35rem; }
.sources { display: grid; gap: .4rem; margin-top: .25rem; }
.rolebook .sources h4 { font-size: .82rem; font-weight: 600; color: var(--quiet); }
.source { border: 1px solid var(--line); border-radius: .5rem; font-size: .9rem; scroll-margin: 1rem 0 10rem; }
.source summary { display: flex; gap: .6rem; align-items: baseline; padding: .4rem .75rem; list-style: none; }
.source summary::-webkit-details-marker { display: none; }
.source .number { color: var(--accent); font-variant-numeric: tabular-nums; }
.source .path { flex: 1; overflow-wrap: break-word; }
.source[open] summary { border-bottom: 1px solid var(--line); }
.rolebook .source blockquote, .rolebook .nearest blockquote { padding: .6rem .75rem; white-space: pre-line;
  color: var(--quiet);
  max-height: 20rem; overflow-y: auto; }
.rolebook mark { background: var(--mark); color: var(--ink); padding: .05rem .1rem; border-radius: .2rem; }
.source .meta { padding: 0 .75rem .6rem !important; }
.badge { font-size: .75rem; line-height: 1.5; padding: .02rem .5rem; border-radius: 1rem; white-space: nowrap; }
.badge.supported { color: var(--good); background: var(--good-soft); }
.badge.partial { color: var(--fair); background: var(--fair-soft); }
.badge.unsupported { color: var(--poor); background: var(--poor-soft); }
.rolebook .notice { background: var(--fair-soft); color: var(--fair); border-radius: .5rem; padding: .4rem .75rem;
  font-size: .9rem; }
.rolebook .failure { background: var(--poor-soft); color: var(--poor); }
.rolebook .missing { font-weight: 600; }
.nearest summary { color: var(--quiet); font-size: .92rem; }
.rolebook .nearest ol { list-style: none; display: grid; gap: .6rem; padding-top: .6rem; font-size: .9rem; }
.rolebook .nearest li { border-left: 3px solid var(--line); padding-left: .75rem; }
.rolebook .nearest blockquote { padding: .2rem 0; }
.rolebook .foot { display: flex; flex-wrap: wrap; gap: .25rem .6rem; align-items: center; font-size: .8rem;
  color: var(--quiet); }
.rolebook .busy, .rolebook .aside { color: var(--quiet); font-size: .92rem; }
.busy span { animation: breathe 1.2s ease-in-out infinite; }
@keyframes breathe { 50% { opacity: .2; } }
#examples { gap: .5rem; flex-wrap: wrap; }
#examples button { flex: 0 1 auto; min-width: 0; width: auto; font-weight: 400; font-size: .9rem;
  color: var(--ink); background: var(--card);
  border: 1px solid var(--line); border-radius: 1.25rem; padding: .35rem .9rem; text-align: left; box-shadow: none; }
#examples button:hover { border-color: var(--accent); color: var(--accent); }
#composer { position: sticky; bottom: 0; z-index: 5; gap: .25rem; padding: .5rem 0 .6rem;
  background: linear-gradient(transparent, var(--paper) .75rem); }
#composer > .row { align-items: flex-end; gap: .5rem; flex-wrap: nowrap; }
#composer > #below { align-items: baseline; gap: .3rem .5rem; flex-wrap: wrap; }
#composer .form { flex: 1 1 auto; min-width: 0 !important; border: 0; background: none; box-shadow: none; }
#question { padding: 0; border: 0 !important; background: none; overflow: visible !important;
  min-width: 0 !important; }
#question label > span { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); }
#question textarea { background: var(--card); color: var(--ink); border: 1px solid var(--line); border-radius: .75rem;
  padding: .65rem 1rem; font-size: 1rem; line-height: 1.5; box-shadow: 0 1px 4px rgb(0 0 0 / .06); }
#question textarea:focus { border-color: var(--accent); outline: 1px solid var(--accent); }
#question textarea::placeholder { color: var(--quiet); opacity: .85; white-space: nowrap; overflow: hidden;
  text-overflow: ellipsis; }
#composer :is(#ask, #stop) { flex: 0 0 auto; width: auto; min-width: 5rem; height: 2.9rem; border-radius: .75rem;
  font-size: 1rem; }
#ask { background: #1f5f8b; color: #ffffff; border: 0; }
#ask:hover { background: #174a6e; }
#stop { background: var(--card); color: var(--poor); border: 1px solid var(--line); }
#below .quiet { flex: 0 0 auto; width: auto; min-width: 0 !important; background: none; border: 0; box-shadow: none;
  padding: .1rem 0;
  color: var(--quiet); font-weight: 400; font-size: .85rem; }
#below .quiet:hover { color: var(--accent); text-decoration: underline; }
/* The buttons, the comment and the thanks share the row of "New conversation". */
#rating, #rating :has(.rating), .rating { display: contents; font-size: .85rem; line-height: 1.4; }
.rating [hidden], .rating[hidden] { display: none; }
.rating .said, .rating .said:is(:empty, .failed) + button { margin-left: auto; }
.rolebook .said { color: var(--quiet); }
.rolebook .said.failed { flex: 1 0 100%; order: 1; color: var(--poor); background: var(--poor-soft);
  border-radius: .5rem; padding: .3rem .75rem; }
.rating button { flex: 0 0 auto; font: inherit; color: var(--quiet); background: none; border: 1px solid var(--line);
  border-radius: 1rem; padding: .1rem .7rem; cursor: pointer; }
.rating button:hover, .rating button[aria-expanded="true"] { color: var(--accent); border-color: var(--accent); }
.rating form { flex: 1 0 100%; order: 1; display: flex; gap: .5rem; margin: 0; }
.rating input { flex: 1 1 0; min-width: 0; font-size: 1rem; line-height: 1.4; color: var(--ink);
  background: var(--card); border: 1px solid var(--line); border-radius: .6rem; padding: .3rem .75rem; }
.rating input::placeholder { color: var(--quiet); opacity: .85; }
#below :is(button, input):focus-visible { outline: 2px solid var(--accent); outline-offset: 2px; }
.hint { color: var(--fair); font-size: .9rem; }
@media (max-width: 60rem) {
  .gradio-container .main { padding: 0 .9rem !important; }
  #title { padding-top: .75rem; }
  #layout { flex-direction: column; gap: .75rem; align-items: stretch; }
  #library { position: static; flex: none; }
  #talk { min-height: calc(100vh - 11rem); min-height: calc(100dvh - 11rem); flex: 1 1 auto; }
  .question { max-width: 95%; }
}
@media (max-width: 32rem) {
  .rating .said:not(:empty) { flex: 1 0 100%; order: 1; }
  .rating .said:not(.failed) { text-align: right; }
  .rating .said + button { margin-left: auto; }
}
@media (prefers-reduced-motion: reduce) { .busy span { animation: none; } }
"""

# Runs once in the browser: a finished exchange is never drawn again, so what the reader unfolded stays unfolded.
SCRIPT = """
const shown = [];
const room = element.querySelector('.exchanges');
function draw() {
  const parts = Array.isArray(props.value) ? props.value : [];
  while (room.children.length > parts.length) { room.lastElementChild.remove(); shown.pop(); }
  parts.forEach((html, i) => {
    if (shown[i] === html) return;
    let node = room.children[i];
    const fresh = node === undefined;
    if (fresh) { node = room.appendChild(document.createElement('article')); }
    const open = Array.from(node.querySelectorAll('details[open][id]'), (d) => d.id);
    node.innerHTML = html;
    open.forEach((id) => { const d = document.getElementById(id); if (d) d.open = true; });
    shown[i] = html;
    if (fresh) node.scrollIntoView({ block: 'start', behavior: 'smooth' });
  });
}
element.addEventListener('click', (event) => {
  const button = event.target.closest('[data-opens]');
  const source = button && document.getElementById(button.dataset.opens);
  if (!source) return;
  source.open = true;
  source.scrollIntoView({ block: 'center', behavior: 'smooth' });
  source.querySelector('summary').focus({ preventScroll: true });
});
watch('value', draw);
draw();
"""

UNFOLD = "element.querySelector('details').open = window.matchMedia('(min-width: 60rem)').matches;"

KEPT = (
    "Keeps the question, the conversation before it, the answer, its quotes and your rating in a file on the machine "
    "that runs Rolebook. Nothing is sent anywhere."
)
# Two quiet buttons; the second one opens a line for what is wrong.
RATING = f"""
<div class="rating" role="group" aria-label="Rate the latest answer" hidden>
  <p class="said" role="status"></p>
  <button type="button" data-rates="up" title="{KEPT}">Useful</button>
  <button type="button" data-rates="down" title="{KEPT}" aria-expanded="false"
    aria-controls="rating-comment">Not right</button>
  <form id="rating-comment" hidden>
    <input type="text" maxlength="{MAX_COMMENT_CHARACTERS}" autocomplete="off"
      aria-label="What is wrong or missing? (optional)" placeholder="What is wrong or missing?">
    <button type="submit">Send</button>
  </form>
</div>
"""

# The comment stays where it is until the server has kept it; focus never falls off the buttons.
RATE = """
const room = element.querySelector('.rating');
const said = room.querySelector('.said');
const down = room.querySelector('[data-rates="down"]');
const form = room.querySelector('form');
const field = form.querySelector('input');
function open(yes) {
  if (!yes && form.contains(document.activeElement)) down.focus();
  form.hidden = !yes;
  down.setAttribute('aria-expanded', String(yes));
  if (yes) field.focus();
}
function draw() {
  const value = props.value || {};
  if (value.sent) return;
  said.textContent = value.said || '';
  said.classList.toggle('failed', Boolean(value.failed));
  if (!value.failed) { open(false); field.value = ''; }
  room.hidden = !value.offered;
}
function send(rating) {
  said.textContent = '';
  props.value = { sent: true, rating, comment: rating === 'down' ? field.value : '' };
  trigger('submit');
}
room.addEventListener('click', (event) => {
  const button = event.target.closest('[data-rates]');
  if (!button) return;
  if (button === down) open(form.hidden); else send('up');
});
form.addEventListener('submit', (event) => { event.preventDefault(); send('down'); });
form.addEventListener('keydown', (event) => { if (event.key === 'Escape') open(false); });
watch('value', draw);
draw();
"""
