"""Texts that would do harm where somebody pasted them into SQL, a shell, a template or a path, and what must not have happened."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from tests.worlds import World

TEXTS = (
    "2026-03-04'; DELETE FROM scoring.publication; COMMIT; --",
    'x"; DROP SCHEMA scoring CASCADE; --',
    "1) OR (1=1) $$; DROP SCHEMA scoring CASCADE; $$",
    "%(night)s %s :night {0} {{ 7 * 7 }}",
    "../../../../{witness}",
    "$(touch {witness}) `touch {witness}`; touch {witness}",
    "a\nb\x1b[2J",
)
SCHEMA = """
    SELECT 'relation', oid::regclass::text, relkind::text, coalesce(relacl::text, '') FROM pg_class
    WHERE relnamespace = 'scoring'::regnamespace
    UNION ALL SELECT 'function', oid::regprocedure::text, md5(prosrc), coalesce(proacl::text, '') FROM pg_proc
    WHERE pronamespace = 'scoring'::regnamespace
    UNION ALL SELECT 'trigger', tgrelid::regclass::text, tgname::text, tgenabled::text FROM pg_trigger WHERE NOT tgisinternal
    UNION ALL SELECT 'role', rolname::text, rolsuper::text, rolcanlogin::text FROM pg_roles WHERE rolname LIKE 'nightshift%'
    UNION ALL SELECT 'row', publication::text, '', '' FROM scoring.publication
    UNION ALL SELECT 'row', champion::text, '', '' FROM scoring.champion
    UNION ALL SELECT 'source', count(*)::text, '', '' FROM transactions
    ORDER BY 1, 2, 3, 4"""


@dataclass(frozen=True)
class Ground:
    """What a payload might touch: the schema, and the files beside the lake; `witness` is a file that a shell would make."""

    world: World
    witness: Path

    def texts(self) -> list[str]:
        return [text.replace("{witness}", str(self.witness)) for text in TEXTS]

    def state(self) -> tuple[str, Sequence[str]]:
        """The schema as a hash, and every file that is not under the lake."""
        rows = "\n".join(map(str, self.world.rows(SCHEMA)))
        roots = (self.world.home, self.witness.parent)
        files = sorted({str(path) for root in roots for path in root.rglob("*") if path.is_file() and "lake" not in path.parts})
        return hashlib.sha256(rows.encode()).hexdigest(), files
