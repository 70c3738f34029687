"""The release gate: every demand passed, failed or undecided, with its interval."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import replace

from config import UserError
from eval.compare import compare, lift
from eval.fate import FATES
from eval.latency import LEAST, p95
from eval.records import Attacks, Comparison, Estimate, GateLine, Scorecard
from eval.scorecard import estimate
from eval.statistics import wilson, zero_bound
from eval.thresholds import Demand, Thresholds

PASS, FAIL, UNDECIDED = "pass", "fail", "undecided"


def gate(
    card: Scorecard,
    thresholds: Thresholds,
    *,
    baseline: Scorecard | None = None,
    attacks: Attacks | None = None,
) -> tuple[GateLine, ...]:
    """Every line of the gate.

    Args:
        card: the scored run.
        thresholds: what is demanded.
        baseline: the release to compare with; None leaves these lines out.
        attacks: what a red-team run came to; None: not run.

    Raises:
        UserError: the thresholds demand nothing, or the run holds none of the questions.

    """
    if card.rows and card.whole.missing == card.whole.questions:
        message = "The run holds none of these gold questions, so nothing can be decided. Give the run's own gold file."
        raise UserError(message)
    lines = [_demanded(demand, card, baseline) for demand in thresholds.demands]
    if thresholds.p95_seconds is not None:
        lines.append(_latency(card, thresholds.p95_seconds))
    if thresholds.reranker:
        lines.append(_reranker(card, thresholds.reranker))
    if thresholds.injection:
        lines.append(_injection(attacks, card))
    if baseline is not None:
        lines += _regressions(baseline, card, thresholds.baseline)
    if not lines:
        message = "The thresholds demand nothing, so nothing can be decided. Start from a copy of goldset/gate.toml."
        raise UserError(message)
    return tuple(lines)


def decision(lines: Sequence[GateLine]) -> str:
    """The verdict of the whole: one failing line fails it, and one undecided line leaves it undecided.

    >>> decision([GateLine("a", "", None, PASS), GateLine("b", "", None, UNDECIDED)])
    'undecided'
    """
    verdicts = {line.verdict for line in lines}
    return FAIL if FAIL in verdicts else UNDECIDED if UNDECIDED in verdicts else PASS


def _demanded(demand: Demand, card: Scorecard, baseline: Scorecard | None) -> GateLine:
    found = estimate(demand.measure, card.rows, int(card.about.get("seed", 0)))
    sign, bound = (">=", demand.at_least) if demand.at_least is not None else ("<=", demand.at_most)
    said = f"{demand.measure} is never 1" if demand.none else f"{demand.measure} {sign} {bound:g}"
    if found.value is None:
        return GateLine(demand.name, said, None, UNDECIDED, f"nothing to measure ({found.unscored} unscored)")
    if demand.none:
        return _never(demand.name, said, found)
    if found.unscored:
        reason = f"{found.unscored} of {found.n + found.unscored} could not be judged"
        return GateLine(demand.name, said, found, UNDECIDED, reason)
    verdict = _decide(found, demand.at_least, demand.at_most)
    if verdict == FAIL:
        blamed = _most_frequent(card) if baseline is None else _fates(baseline, card)
        return GateLine(demand.name, said, found, FAIL, blamed)
    return GateLine(demand.name, said, found, verdict, "the interval holds the threshold" * (verdict == UNDECIDED))


def _decide(found: Estimate, at_least: float | None, at_most: float | None) -> str:
    """The whole interval keeps the demand, none of it does, or it cannot be told."""
    if found.value is None or found.low is None or found.high is None:
        return UNDECIDED
    if at_least is not None:
        return PASS if found.low >= at_least else FAIL if found.high < at_least else UNDECIDED
    if at_most is not None:
        return PASS if found.high <= at_most else FAIL if found.low > at_most else UNDECIDED
    return UNDECIDED


def _never(name: str, said: str, found: Estimate) -> GateLine:
    """One occurrence fails; none passes, and the reason says how much that bounds."""
    if not found.n:
        return GateLine(name, said, None, UNDECIDED, "nothing was tried")
    count = round((found.value if found.value is not None else 0.0) * found.n)
    if count:
        return GateLine(name, said, found, FAIL, f"{count} of {found.n}")
    if found.unscored:
        return GateLine(name, said, found, UNDECIDED, f"{found.unscored} could not be judged")
    return GateLine(name, said, found, PASS, f"0 of {found.n}: the true rate is below {zero_bound(found.n):.3f}")


def _latency(card: Scorecard, limit: float) -> GateLine:
    found = p95([row.seconds["total"] for row in card.rows if "total" in row.seconds])
    said = f"p95 of seconds per answer <= {limit:g}"
    if found.low is None:
        reason = f"{found.n} answers are too few for a 95th percentile ({LEAST} needed)"
        return GateLine("latency", said, None, UNDECIDED, reason)
    return GateLine("latency", said, found, _decide(found, None, limit))


def _reranker(card: Scorecard, spelling: str) -> GateLine:
    name, _, cutoff = spelling.partition("@")
    said = f"reranked.{spelling} not below fused.{spelling}"
    found = lift(card.rows, name, int(cutoff), seed=int(card.about.get("seed", 0)))
    if found is None:
        return GateLine("reranker", said, None, UNDECIDED, "the run has no reranked stage")
    lifted = Estimate(found.difference, found.low, found.high, found.n)
    if found.call == "worse":
        return GateLine("reranker", said, lifted, FAIL, _change(found))
    return GateLine("reranker", said, lifted, PASS, _change(found))


def _injection(attacks: Attacks | None, card: Scorecard) -> GateLine:
    said = "no attack of the red team succeeds"
    if attacks is None:
        reason = "not run; make one: python -m eval redteam, and give --redteam SUMMARY.json"
        return GateLine("injection", said, None, UNDECIDED, reason)
    found = wilson([True] * attacks.successes + [False] * (attacks.attempts - attacks.successes))
    line = _never("injection", said, found)
    gap = _not_attacked(attacks, card)
    return replace(line, verdict=UNDECIDED, reason=gap) if gap and line.verdict == PASS else line


def _not_attacked(attacks: Attacks, card: Scorecard) -> str:
    """What a red-team run leaves open about the library of a scored run; '' for nothing."""
    from eval.redteam.attacks import read

    library = (card.about.get("run") or {}).get("library") or {}
    asked = sorted(str(document.get("sha256")) for document in library.get("documents") or ())
    if asked != sorted(attacks.documents):
        return "the red team attacked other documents than those of the run"
    left_out = {attack.family for attack in read().attacks} - set(attacks.families)
    return f"the red team left out: {', '.join(sorted(left_out))}" if left_out else ""


def _regressions(baseline: Scorecard, card: Scorecard, measures: Sequence[str]) -> Iterator[GateLine]:
    """One line per measure of the baseline, and one on whether both were asked the same."""
    missing = {row.id for row in baseline.rows} - {row.id for row in card.rows}
    if missing:
        reason = f"{len(missing)} questions of the baseline were not scored here, e.g. {min(missing)}"
        yield GateLine("baseline questions", "the same questions as the baseline", None, FAIL, reason)
    compared = compare(baseline, card, measures, seed=int(card.about.get("seed", 0)))
    for name in dict.fromkeys(measures):
        if name in baseline.whole.measures and name not in {found.measure for found in compared}:
            reason = "the baseline has it, this run does not"
            yield GateLine(f"no regression: {name}", "not worse than the baseline", None, UNDECIDED, reason)
    for found in compared:
        lifted = Estimate(found.difference, found.low, found.high, found.n)
        worse = found.call == "worse"
        reason = _change(found) + (f"; {_fates(baseline, card)}" if worse else "")
        verdict = FAIL if worse else PASS
        yield GateLine(f"no regression: {found.measure}", "not worse than the baseline", lifted, verdict, reason)


def _change(found: Comparison) -> str:
    adjusted = "" if found.adjusted_p is None else f", p = {found.adjusted_p:.3g}"
    detectable = "" if found.detectable is None else f"; detectable from {found.detectable:.3f}"
    return f"{found.first:.3f} -> {found.second:.3f}{adjusted} ({found.call}{detectable})"


def _most_frequent(card: Scorecard) -> str:
    """What became of most questions that did not go right, '' when all did."""
    failed = {name: count for name, count in card.whole.fates.items() if name != "right"}
    if not failed:
        return ""
    name = max(failed, key=lambda fate: failed[fate])
    return f"most frequent failure: {name}, {failed[name]} of {card.whole.questions} questions"


def _fates(baseline: Scorecard, card: Scorecard) -> str:
    """The failure that grew most since the baseline, over the questions of both."""
    shared = {row.id for row in baseline.rows} & {row.id for row in card.rows}
    before, after = (Counter(row.fate for row in one.rows if row.id in shared) for one in (baseline, card))
    grown = max((name for name in FATES if name != "right"), key=lambda name: after[name] - before[name])
    return f"most grown failure: {grown}, {before[grown]} -> {after[grown]} questions"
