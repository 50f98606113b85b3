"""What every endpoint is given: the hub, who asks, and the time. There is nothing global."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from starlette.requests import Request
from starlette.responses import HTMLResponse

from bartack.frontends.web.lanes import Lanes
from bartack.frontends.web.metrics import Metrics
from bartack.frontends.web.sessions import Session, Sessions
from bartack.service.access import Access, Doors
from bartack.service.service import Service
from bartack.syncing.schedule import Schedule

if TYPE_CHECKING:
    from jinja2 import Environment

    from bartack.hub import Hub

__all__ = ["Context", "environment"]


@dataclass(frozen=True)
class Context:
    """The application, as its endpoints see it.

    ``doors``: whose token is whose; ``sessions``: who logged in with a browser; ``clock``: aware moments in UTC; ``schedule``:
    the syncs in the background, where there are some. ``lanes``: where work is done that blocks, such as asking the hub.
    """

    hub: Hub
    doors: Doors
    sessions: Sessions
    clock: Callable[[], datetime]
    templates: Environment
    metrics: Metrics
    schedule: Schedule | None = None
    lanes: Lanes = field(default_factory=Lanes)

    def access(self, request: Request) -> Access:
        """Return who asks, and what they may see. Nobody comes to an endpoint without."""
        access: Access = request.state.access
        return access

    def service(self, request: Request) -> Service:
        """Return the verbs, for who asks."""
        return Service(self.hub, self.access(request))

    def session(self, request: Request) -> Session | None:
        """Return the session of who asks with a browser; None for who asks with a bearer token."""
        session: Session | None = request.state.session
        return session

    def form_token(self, request: Request) -> str:
        """Return what forms have to bring back in the field ``csrf``; blank for who has no session."""
        session = self.session(request)
        return "" if session is None else self.sessions.form_token(session)

    def page(self, request: Request | None, template: str, *, status: int = 200, **values: Any) -> HTMLResponse:
        """Return a page. Templates know ``access``, ``csrf`` (for forms) and ``now`` besides the values.

        ``request``: None for a page that nobody needs to be known for.
        """
        known: dict[str, Any] = {"access": None, "csrf": "", "now": self.clock()}
        if request is not None:
            known |= {"access": self.access(request), "csrf": self.form_token(request)}
        return HTMLResponse(self.templates.get_template(template).render({**known, **values}), status)


def environment() -> Environment:
    """Return the templates: everything is escaped, and a name that is not there is an error."""
    from jinja2 import Environment, FileSystemLoader, StrictUndefined

    return Environment(
        loader=FileSystemLoader(Path(__file__).parent / "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
