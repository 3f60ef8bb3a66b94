"""What tests read off a page."""

import html
import re


def text_of(response):
    """The words of a page, tags and needless blanks taken out."""
    plain = re.sub(
        r"<(script|style|title)\b.*?</\1>|<[^>]+>", " ", response.content.decode(), flags=re.S
    )
    return re.sub(r"\s+", " ", html.unescape(plain))


def shown_rows(response):
    """The amounts of the rows of a KPI's page, the hidden one included."""
    rows = response.context["rows"]
    amounts = [row["numerator"] for row in rows["items"]]
    if rows["hidden"]:
        amounts.append(rows["hidden"]["numerator"])
    return [int(amount.replace(",", "")) for amount in amounts]


def cards(response):
    """The cards of the scorecard by label."""
    return {
        figure["label"]: figure
        for group in response.context["board"]["groups"]
        for figure in group["figures"]
    }
