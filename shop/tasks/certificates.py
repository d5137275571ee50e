"""Chores about certificates by the clock, and the letter that one is about to end."""

from pathlib import Path

from celery import shared_task
from flask import current_app
from flask_babel import force_locale

from catalog.events import PaperEnding
from catalog.queries import papers as queries
from kernel import clock
from kernel.db import unit_of_work
from parties import service as parties
from shop import operations
from shop.tasks import post
from shop.tasks.post import Letter
from shop.tasks.reacting import reaction
from workflows import papers_ending

TEMPLATE = "email/paper_ending.txt"
LOCALE = "zh_CN"


@shared_task(name="shop.tasks.certificates.remind")
def remind() -> int:
    """Record whom to remind of the end of papers, and return how many."""
    with unit_of_work() as session:
        papers_ending.write_down_ended(session, at=clock.now())
        return papers_ending.remind(session, at=clock.now())


@reaction(PaperEnding)
def tell_ending(fact: PaperEnding) -> None:
    """Write to the seller that a paper ends; the portal shows it in any case."""
    with unit_of_work() as session:
        paper = queries.find_paper(session, fact.paper_id, at=fact.occurred_at)
        if paper is None or paper.days_left is None:
            return
        email, is_sample = parties.find_notice_email(session, paper.seller_code)
    if not email or is_sample:
        return
    settings = operations.settings()
    base = settings.public_url or f"http://{settings.host}:{settings.port}"
    with force_locale(LOCALE):
        text = current_app.jinja_env.get_template(TEMPLATE).render(
            paper=paper, address=f"{base.rstrip('/')}/supplier/certificates/{paper.code}"
        )
    subject, _, body = text.strip().partition("\n")
    letter = Letter(
        key=f"{Path(TEMPLATE).stem}-{paper.id}-{fact.days}",
        to=email,
        subject=subject.strip(),
        text=f"{body.strip()}\n",
        locale=LOCALE,
        at=fact.occurred_at,
    )
    post.hand_in(settings, letter)
