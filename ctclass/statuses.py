"""What the values of `ct_status` mean, in few words: for the terminal and the workbook."""

from ctclass.errors import Phrase

STATUSES = {
    "empty": Phrase("本文なし", "no text"),
    "too-short": Phrase("短すぎる", "too short"),
    "no-evidence": Phrase("手掛かりの語なし", "no term found"),
    "not-japanese": Phrase("日本語・英語以外", "neither Japanese nor English"),
    "too-long": Phrase("長すぎる(先頭だけで判定)", "too long (judged by its start)"),
    "ragged": Phrase("列の数が見出しと違う", "not as wide as the heading"),
    "stray-quote": Phrase("引用符の位置がおかしい", "a quotation mark out of place"),
    "bad-encoding": Phrase("読めない文字", "characters that cannot be read"),
    "bad-json": Phrase("JSON として読めない行", "a line that is no JSON object"),
    "nul-bytes": Phrase("NUL 文字を含む", "NUL characters"),
    "failed": Phrase("判定の途中で落ちる", "ends the process that tags it"),
    "formula": Phrase("計算されていない数式", "a formula never worked out"),
}
"""Why no area could be judged, or what is wrong with the row. `ok` is not among them."""

UNJUDGED = ("empty", "too-short", "no-evidence", "not-japanese", "bad-json", "failed")
"""With these no area was judged, which is not the answer "in none of them"."""
