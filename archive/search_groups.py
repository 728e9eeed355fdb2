"""Rows of a page as people read them: project, member ObsUnitSet, then source with its spectral windows.

The order is that of the rows: each group stands where its first row does.
"""

from dataclasses import dataclass, field

from archive import uids


@dataclass
class SourceGroup:
    first: dict
    rows: list[dict] = field(default_factory=list)


@dataclass
class MousGroup:
    """`first` says what is common to all of them; it has no MOUS where the rows are of a whole group."""

    first: dict
    sources: dict[str, SourceGroup] = field(default_factory=dict)

    @property
    def gous_name(self):
        """In the address of its group."""
        uid = self.first["group_ous_uid"]
        return uids.file_form(uid) if uid and uids.is_uid(uid) else None


@dataclass
class ProjectGroup:
    first: dict
    members: dict[str, MousGroup] = field(default_factory=dict)


def grouped(rows):
    projects = {}
    for row in rows:
        project = projects.setdefault(row["proposal_id"], ProjectGroup(row))
        member = project.members.setdefault(row["member_ous_uid"] or row["group_ous_uid"], MousGroup(row))
        source = member.sources.setdefault(row["target_name"], SourceGroup(row))
        source.rows.append(row)
    return list(projects.values())
