"""Settings that keep finestream from working, wherever they stand. SHELL: it looks at what the patient has read."""

from __future__ import annotations

from collections.abc import Iterator
from fnmatch import fnmatchcase
from urllib.parse import urlsplit

from finestream.doctor.findings import Finding, broken, fine, warning
from finestream.doctor.patient import BASE_URL, Patient, monitor_port
from finestream.permanent.arrangement import Arrangement
from finestream.recovery import ceiling

FINE_GRAINED = "CLAUDE_CODE_ENABLE_FINE_GRAINED_TOOL_STREAMING"
_LIMIT = "CLAUDE_CODE_MAX_OUTPUT_TOKENS"
_NO_BETAS = "CLAUDE_CODE_DISABLE_EXPERIMENTAL_BETAS"
_FIRST_PARTY = "api.anthropic.com"


def check_readable(patient: Patient) -> Iterator[Finding]:
    """Look whether each settings file can be read; the client ignores one that cannot."""
    wrong = [sheet for sheet in patient.sheets if sheet.trouble]
    for sheet in wrong:
        yield broken(f"{sheet.path}: {sheet.trouble}", "Mend it, or move away what is no file: the client ignores all of it.")
    if not wrong:
        found = [str(sheet.path) for sheet in patient.sheets if sheet.content is not None]
        yield fine(f"{len(found)} settings files can be read", files=found)


def check_switches(patient: Patient) -> Iterator[Finding]:
    """Look for what switches hooks off."""
    found = [*_switched_off(patient), *_excluded(patient)]
    yield from found or [fine("nothing switches hooks off")]


def _switched_off(patient: Patient) -> Iterator[Finding]:
    for key in ("disableAllHooks", "allowManagedHooksOnly"):
        for sheet in (sheet for sheet, value in patient.says(key) if value is True):
            # Without hooks nobody starts the monitor, and no request gets through.
            is_deaf = any(monitor_port(sheet.env.get(BASE_URL, "")) for sheet in patient.sheets)
            dead = " and nobody starts the monitor, whose address stands in the settings" if is_deaf else ""
            yield broken(
                f"{sheet.path}: {key} is true, so no hook of finestream runs{dead}", f"Take '{key}' out, if that is yours to decide."
            )


def _excluded(patient: Patient) -> Iterator[Finding]:
    """The lists of all files count together; where there is none, everything is permitted."""
    lists = [value for _, value in patient.says("allowedHttpHookUrls") if isinstance(value, list)]
    patterns = [str(pattern) for patterns in lists for pattern in patterns]
    urls = [str(handler.content["url"]) for handler in patient.handlers if handler.is_address]
    if lists and any(not any(fnmatchcase(url, pattern) for pattern in patterns) for url in urls):
        fix = "Add 'http://127.0.0.1:*' to it, or install without --monitor."
        yield broken("allowedHttpHookUrls permits other addresses only, so the hooks that the monitor answers do not run", fix)


def check_address(patient: Patient) -> Iterator[Finding]:
    """Look who decides where the client's requests go, and whether that is the monitor where there is one."""
    arrangement = patient.arrangement()
    effective = patient.env.get(BASE_URL, "").rstrip("/")
    if isinstance(arrangement, Arrangement):
        yield _compared(patient, arrangement.url, effective)
    elif monitor_port(effective):
        yield warning(f"requests go to {_host(effective)}, which may be a monitor of another project", "See the check 'monitor'.")
    else:
        yield fine(f"requests go to {_host(effective) or _FIRST_PARTY}")


def _compared(patient: Patient, expected: str, effective: str) -> Finding:
    named = [sheet for sheet in patient.sheets if BASE_URL in sheet.env]
    facts = {"named": [{"layer": sheet.layer, "path": str(sheet.path), "host": _host(sheet.env[BASE_URL])} for sheet in named]}
    again = "run 'finestream install --monitor' again."
    if effective == expected:
        others = [f"{sheet.path} ({_host(sheet.env[BASE_URL])})" for sheet in named[:-1]]
        return fine("requests go to the monitor" + f"; this beats {', '.join(others)}" * bool(others), **facts)
    if not effective:
        return broken("no settings name the monitor's address, so it sees nothing", f"To have it so, {again}", facts=facts)
    where = f"{named[-1].path} ({named[-1].layer})" if named else f"{BASE_URL} of the environment"
    return broken(f"{where} sends requests to {_host(effective)}, past the monitor", f"Take it out there, or {again}", facts=facts)


def _host(url: str) -> str:
    """Return what may be shown of an address: no token, no password."""
    parts = urlsplit(url)
    try:
        return f"{parts.hostname}:{parts.port}" if parts.port else parts.hostname or ""
    except ValueError:
        return parts.hostname or ""


def check_provider(patient: Patient) -> Iterator[Finding]:
    """Look whether the client asks the Messages API at all."""
    if patient.provider:
        fix = "finestream works in front of the Messages API only; the hooks work everywhere."
        yield warning(f"the client is set to ask {patient.provider}, whose requests do not come by a monitor", fix)
    else:
        yield fine("the client asks the Messages API")


def check_streaming(patient: Patient) -> Iterator[Finding]:
    """Look whether tool inputs are streamed as they are written: behind another address they are not, unless asked for."""
    env = patient.env
    host = urlsplit(env.get(BASE_URL, "")).hostname
    if env.get(_NO_BETAS, "").lower() in ("1", "true", "yes", "on"):
        yield warning(f"{_NO_BETAS} switches fine-grained streaming off", f"Unset {_NO_BETAS}.")
    elif host and host != _FIRST_PARTY and env.get(FINE_GRAINED) != "1":
        fix = f'Put "{FINE_GRAINED}": "1" into env of .claude/settings.local.json, or run \'finestream install --monitor\' again.'
        yield warning("tool inputs are not streamed as they are written, so nothing of one that is cut can be kept", fix)
    else:
        yield fine("tool inputs are streamed as they are written")


def check_limit(patient: Patient) -> Iterator[Finding]:
    """Look whether the output limit is lower than it must be: a file beyond it is cut each time."""
    text = patient.env.get(_LIMIT, "")
    models = [patient.env.get("ANTHROPIC_MODEL"), *(str(value) for _, value in patient.says("model"))]
    model = next((model for model in models if model), None)
    most = ceiling(model, patient.settings.max_tokens_ceiling)
    if text.isascii() and text.isdigit() and 0 < int(text) < most:
        name = model or "the client's own model"
        yield warning(
            f"{_LIMIT} is {text}; {name} can write {most}", f"Unset {_LIMIT}, or raise it.", facts={"limit": int(text), "most": most}
        )
    else:
        yield fine("the output limit is the model's own" if not text else f"the output limit is {text}")
