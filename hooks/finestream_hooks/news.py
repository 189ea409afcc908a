"""What the model is told of an input that was mended for it. PURE. Its one law: it is said in the words of who did it."""

TYPE_CHECKING = False
if TYPE_CHECKING:
    from finestream_hooks.decisions import Json


def tell(call: "Json", note: "Json", *, has_run: bool) -> str:
    """Say what was done to the input of a call, and where it has run, that it is not to be sent again."""
    where = f" at {note['path']}" if note.get("path") else ""
    if note.get("action") == "corrected":
        before = " before it ran" if has_run else ""
        what = f"did not parse as you wrote it and was corrected{before} ({note.get('auto_fixed')}{where})"
        rest = "no character of its content was changed"
    else:
        what = f"was cut{where} while you wrote it ({note.get('error')}) and was continued there"
        rest = "the tool got all of it, joined without a gap"
    said = f"finestream: the input of this {call.get('tool_name')} call {what}; {rest}."
    return f"{said} Do not send it again." if has_run else said
