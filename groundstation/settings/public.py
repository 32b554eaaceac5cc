"""`[public]`: who answers to the public for what flies here; operators' words, told on the public page as they are."""

from __future__ import annotations

from pydantic import Field

from groundstation.settings.tables import Table

_LONGEST = 300


class PublicTable(Table):
    """Who is responsible, by what right, and to whom a citizen may complain; what is left out is told as not stated."""

    operator: str | None = Field(
        default=None, title="Responsible body", min_length=1, max_length=_LONGEST, examples=["Ville de Vaubelle"],
        description="Who is responsible for the flights and their data.",
    )  # fmt: skip
    order: str | None = Field(
        default=None, title="Authorisation", min_length=1, max_length=_LONGEST, examples=["Order no. 2026-0912-07"],
        description="The act that allows the flights, with its number, and the law that it rests on.",
    )  # fmt: skip
    contact: str | None = Field(
        default=None, title="Data protection", min_length=1, max_length=_LONGEST, examples=["dpo@vaubelle.example"],
        description="The data-protection officer, and how to reach them.",
    )  # fmt: skip
    complaint_url: str | None = Field(
        default=None, title="Complaints, page", max_length=_LONGEST, pattern=r"^https?://[^\s\"'<>]+$",
        examples=["https://vaubelle.example/reclamation"], description="Page for complaints, http or https.",
    )  # fmt: skip
    complaint_email: str | None = Field(
        default=None, title="Complaints, e-mail", max_length=_LONGEST, pattern=r"^[\w.+-]+@[\w-]+(\.[\w-]+)*$",
        examples=["reclamation@vaubelle.example"], description="Address for complaints, name@host.",
    )  # fmt: skip
    complaint_postal: str | None = Field(
        default=None, title="Complaints, post", min_length=1, max_length=_LONGEST,
        examples=["Mairie, 1 place Haute, 00000 Vaubelle"], description="Postal address for complaints.",
    )  # fmt: skip
