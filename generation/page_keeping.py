"""How the page keeps a conversation: two small scripts for its file, and the name of its place in the browser."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence

from generation.conversation import MAX_CHARACTERS
from ingest.records import Document

# Makes the file in the browser: the machine that runs Rolebook writes nothing for it.
SAVE = """
(kept) => {
  const text = JSON.stringify(kept || { format: 1, exchanges: [], seal: '' });
  const link = document.createElement('a');
  link.href = URL.createObjectURL(new Blob([text], { type: 'application/json' }));
  link.download = 'rolebook-conversation.json';
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 10000);
}
"""

# Reads the chosen file in the browser and hands its text over; '' when none was chosen.
OPEN = f"""
(text, exchanges) => new Promise((resolve) => {{
  const field = document.createElement('input');
  field.type = 'file';
  field.accept = '.json,application/json';
  field.addEventListener('cancel', () => resolve(['', exchanges]));
  field.addEventListener('change', async () => {{
    const file = field.files[0];
    resolve([file ? (file.size > 4 * {MAX_CHARACTERS} ? 'too large' : await file.text()) : '', exchanges]);
  }});
  field.click();
}})
"""


def place_in_browser(documents: Sequence[Document]) -> str:
    """The name under which a browser keeps the conversation over these documents, so that libraries do not mix.

    >>> place_in_browser([])
    'rolebook-e3b0c44298fc'
    """
    sources = "\n".join(sorted(document.source for document in documents))
    return f"rolebook-{hashlib.sha256(sources.encode('utf-8', 'replace')).hexdigest()[:12]}"
