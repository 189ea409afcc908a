"""What architects, product managers and orchestrators say about a thing. PURE. Its one law: plain words, with one place for its name."""

from __future__ import annotations

DESIGN = (
    "{} owns its data; others ask it or listen to its events, and never read its tables.",
    "99 of 100 requests to {} are answered within 180 ms, at five times the load of a usual evening.",
    "Two zones run {}, and either of them alone carries the load of both.",
    "When a neighbour is down, {} goes on from its last known state and marks what it says as stale.",
    "A request to {} carries an idempotency key, so that a retry after a timeout changes nothing twice.",
    "The deadline for a call to {} is 250 ms; after five misses in a row the breaker opens for ten seconds.",
    "An event of {} is written in the transaction that it tells of, and published from the outbox.",
    "Whoever listens to {} may see an event twice; the key of the event decides, not the time it came.",
    "A release of {} goes to one request of a hundred first, and back by itself when errors double.",
    "Migrations of {} add before they remove, so that the version before can run beside the new one.",
    "{} writes one structured line per request, with the trace, the tenant and no personal data.",
    "Secrets of {} come from the vault at its start, and are changed every thirty days without a stop.",
    "The team of {} is paged when one request of a hundred fails for five minutes, and not for less.",
    "{} refuses what it cannot do within its deadline at once, instead of letting a queue grow.",
    "A copy of {} with a day of anonymous data runs on a laptop, for whoever has to see it work.",
)
ENDPOINT = (
    "An unknown field in {} is refused, so that a typing mistake is seen at once.",
    "Pages of {} hold fifty entries and a cursor that stays valid for an hour.",
    "{} answers 409 when somebody else was faster, with the state that holds now.",
    "{} needs a token whose scope names it, and says which one where it is missing.",
    "Sixty calls of {} a minute and client are answered, the next one gets 429 and a time to wait.",
    "{} is versioned by its path; a field is added without a new version, and never removed.",
)
TABLE = (
    "a row of {} is never changed once it is settled; a correction is a row of its own",
    "the key of {} is a UUID of version 7, so that rows lie in the order in which they came",
    "{} is partitioned by month; after thirteen months a partition goes to cold storage",
    "each read of {} has an index that covers it; a sequential scan fails the build",
    "{} has created_at and updated_at in UTC, and a version for optimistic locking",
    "money in {} is an integer of the smallest unit beside a currency of three letters",
    "deleting a person empties the personal columns of {} and keeps the row",
)
CODE = (
    "    # {}: the transaction ends before anybody is told",
    "    # {}: what was refused says why, and what to do about it",
    "    # {}: the deadline of the caller is passed on, less what was used",
    "    # {}: no exception is swallowed; the edge turns it into an answer",
    "    # {}: the clock is an argument, so a test can set it",
    "    # {}: the key of the request decides whether it was done already",
)
TOPOLOGY = (
    "{} asks for 500 millicores and 512 MiB for each copy, and is limited to twice as much.",
    "Three copies of {} are spread over three zones; one may be away for an upgrade.",
    "{} is ready when its own check has passed, not when its process has started.",
    "The volume of {} is copied every night into another region, and restored once a month to see that it can be.",
    "{} ends within thirty seconds of SIGTERM: it takes nothing new and finishes what it has.",
    "The image of {} is built from a locked list, signed, and never changed under its tag.",
    "A month of {} is estimated at 140 EUR, two thirds of it for memory.",
)
SCALING = (
    "{} grows when the processors of its copies are busy for 65 per cent over two minutes.",
    "{} shrinks by one copy in five minutes at most, so that a lull is not taken for the night.",
    "At the limit of {} requests wait 200 ms in the balancer, and then are refused with 503.",
    "The balancer sends {} the next request where the fewest are open.",
    "On the Friday in November {} begins the day at its half of the limit.",
)
NETWORK = (
    "What {} may reach is listed; a name that is not on the list does not resolve.",
    "The rule for {} is tested by a pod that tries what is forbidden after each release.",
    "A connection refused by the rule for {} is a line in the audit log within a minute.",
    "The rule for {} is code in the repository, and a change of it needs two people.",
    "TLS 1.3 with a certificate of a day is needed on both sides of {}.",
    "Nobody has a shell in {}; whoever needs one asks for an hour, and it is recorded.",
)
MONITORING = (
    "The graph of {} shows today above the same day of the last four weeks.",
    "The alert on {} links to its page in the runbook, and to the last three releases.",
    "The numbers of {} are kept for thirteen months, at five minutes after the first week.",
    "{} is measured at the edge, where the customer is, and once more inside.",
    "An alert on {} that nobody acted upon three times is changed or deleted.",
)
AUTHENTICATION = (
    "What is wrong in the step of the {} is answered alike, whatever it was, and after the same time.",
    "The {} is counted by account and by address; the sixth attempt in a minute waits.",
    "The {} leaves a line in the audit log with who, from where, and what was decided.",
    "A step that follows the {} refuses whoever comes without its proof.",
    "The {} works without JavaScript from elsewhere, and under a strict content policy.",
)
SENSITIVITY = (
    "{} rest under a key of their own, which the database never sees.",
    "{} leave the region only as sums of at least fifty people.",
    "Whoever reads {} does so under a name of their own, for a reason that is kept with it.",
    "{} are masked in logs, in traces and in every copy for tests.",
    "{} are deleted thirty days after the account, in backups after ninety.",
    "A breach of {} is told to the authority within 72 hours, and to the people at once.",
)
CONTROLS = (
    "Evidence for {} is collected by the pipeline each night, and not by people before an audit.",
    "The owner of {} is the lead of the identity team; her deputy is named in the register.",
    "An exception from {} has an end date, a reason and a signature of security.",
    "{} was last examined in spring, with one remark that has been closed since.",
    "A change that touches {} is labelled in its pull request and reviewed by two people.",
    "The test for {} is run against a copy of production with accounts made for it.",
    "Suppliers sign {} as well, and show their report once a year.",
)
STORY = (
    "For the first release {} covers the three countries in which we sell.",
    "Support sees {} as the customer does, and can act for a customer who has agreed on the telephone.",
    "Seven of ten people in the study expected {} where the basket is, so it begins there.",
    "What is entered for {} is kept on the way back, and after a lost connection.",
    "{} works with the keyboard and is read out in the order in which it is seen.",
    "Amounts, dates and addresses in {} follow the country of the shop, not the browser.",
    "We measure {} by how many finish it, and by how many write to us afterwards.",
    "Left out of {} on purpose: gifts, business accounts and anything by telephone.",
    "If the shop is busy, {} says so and gives a time, and keeps the basket as it is.",
    "Texts of {} are in one file per language, and none is put together from pieces.",
)
CRITERION = (
    "Given a slow line, when {} takes longer than a second, then a sign of life is shown within 300 ms",
    "Given an error, when {} fails, then nothing is charged and the reason is said in one sentence",
    "Given two tabs, when {} is done in both, then it is done once",
    "Given a screen reader, when {} is opened, then its title is read first",
    "Given a guest, when {} is asked for, then no account is demanded",
    "Given a change of price, when {} goes on, then the new price is confirmed first",
)
FLOW = (
    "see what {} will cost and when it arrives, before anything is asked",
    "answer the one question that {} needs, with the usual answer filled in",
    "go back from {} without losing what was entered",
    "be told that {} is done, and find the same words in the mail",
    "see {} in the list of what happened, with its date",
    "undo {} within ten minutes without asking anybody",
)
CONTEXT = (
    "The {} asks before it assumes: what is open goes into the document as open.",
    "What the {} hands on is read while it is written, so the part that unblocks others comes first.",
    "Patients are in the state of Oregon first, and the {} names what would differ elsewhere.",
    "The {} treats every identifier of a patient as protected, the time of an appointment too.",
    "Where the clinic uses a word of its own, the {} uses that word, and explains it once.",
    "The {} names the law and the paragraph wherever a decision rests on one.",
    "What the {} finds out too late for this release is kept for the next one, with the reason.",
    "Video is bought and not built, so the {} takes the supplier and its limits as they are.",
    "The budget lets the {} count on eight people for nine months.",
)
PART = ("The {} begins with the first part that arrives.", "The {} says when a part is replaced.")
WORK = (
    "The gate of {} is open when its three questions are answered in writing, and by nobody's word alone.",
    "If {} is late by more than a week, the scope of the first release is cut and not its tests.",
    "The risk in {} is looked at every Monday by the lead, the clinician and the privacy officer.",
    "{} ends with a demonstration to two physicians and one patient who have not seen it before.",
    "What {} has found out is written down where the next team looks for it, with its date.",
    "Nothing of {} touches data of real patients before the agreement with the clinic is signed.",
    "Before {} begins, its cost is estimated by those who do it, and compared at its end.",
    "{} has one owner; two others can stand in, and are named.",
)
