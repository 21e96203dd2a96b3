"""`python -m devstack.licence ORGANISATION_ID`: a licence for the local stack, on one line."""

from devstack.arguments import Formatter, Parser
from devstack.stack.demonstration_licence import demonstration_licence


def main() -> None:
    """Print the licence code of an organisation."""
    parser = Parser(
        prog="python -m devstack.licence", description=__doc__, formatter_class=Formatter
    )
    parser.add_argument("organisation", help="organisation id of the Dataverse environment")
    parser.add_argument("--edition", choices=("full", "trial"), default="full", help="what it is")
    parser.add_argument("--days", type=float, default=365, help="how many days it lasts")
    asked = parser.parse_args()

    print(demonstration_licence(asked.organisation, edition=asked.edition, days=asked.days))


if __name__ == "__main__":
    main()
