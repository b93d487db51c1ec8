"""What a model text must not do, one rule a file.

In: scanned text, tables and the instance tree. Out: findings. Each rule is a function from text to
`Diagnostic`s; it never stops at the first and never changes anything.
"""

from __future__ import annotations

from acinus.model.rules.text import examine

__all__ = ["examine"]
