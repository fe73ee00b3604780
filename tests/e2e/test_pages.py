"""Pages together: a link as the first request of a server, and what stays when the page changes."""

from __future__ import annotations

from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def environment(lab: Path) -> dict[str, str]:
    return {"LAKESEG_DATA": str(lab / "data"), "LAKESEG_MODELS": str(lab / "models"), "LAKESEG_WARM": "0"}


@pytest.mark.parametrize("name", ["Patches", "Bands", "Evaluate", "Study", "Data"])
def test_a_link_to_a_page_may_be_the_first_request_of_a_server(page: Page, serve, environment, name):
    url = serve(ROOT / "app.py", environment)
    page.goto(f"{url}/{name.lower()}?dataset=dataset2")
    expect(page.get_by_role("heading", name=name).first).to_be_visible()
    expect(page.get_by_role("link", name="Explore")).to_be_visible()
    expect(page.get_by_role("link", name="app", exact=True)).to_have_count(0)


def test_dataset_and_lake_stay_when_the_page_changes(page: Page, serve, environment):
    url = serve(ROOT / "app.py", environment)
    page.goto(f"{url}/?dataset=dataset1")
    expect(page.get_by_role("heading", name="Lake S-0001")).to_be_visible()
    page.get_by_role("button", name="chevron_right").click()
    lake = "S-0002"
    expect(page.get_by_role("heading", name=f"Lake {lake}")).to_be_visible()
    page.wait_for_function(f"location.href.includes('lake={lake}')")
    for name in ("Patches", "Bands", "Evaluate"):
        page.get_by_role("link", name=name).click()
        expect(page.get_by_role("heading", name=name).first).to_contain_text(f"lake {lake}")
        page.wait_for_function(f"location.href.includes('dataset=dataset1') && location.href.includes('lake={lake}')")
