"""The sandbox's provider before a judge: scim2-tester asks for all that a SCIM server says it can."""

import sys

import httpx2
from scim2_client.engines.httpx2 import SyncSCIMClient
from scim2_tester import Status, check_server

# A provider may not search several kinds of resources at once: it says so (501 or 404).
MAY_BE_SKIPPED = {"search_with_attributes"}


def main():
    url, token = sys.argv[1:]
    with httpx2.Client(base_url=url, headers={"Authorization": f"Bearer {token}"}) as client:
        results = check_server(SyncSCIMClient(client))
    wrong = []
    for result in results:
        if result.status == Status.SUCCESS:
            continue
        if result.status == Status.SKIPPED and result.title in MAY_BE_SKIPPED:
            continue
        wrong.append(f"  {result.status.name} {result.title}: {result.reason}")
    if wrong or len(results) < 30:
        print("\n".join(wrong))
        raise SystemExit(f"scim2-tester: {len(wrong)} of {len(results)} checks do not pass")
    print(f"  scim2-tester: {len(results)} checks of the sandbox's provider pass", flush=True)


if __name__ == "__main__":
    main()
