"""Calls real servers and proxies, and lets real clients call the stage.

    run.py PROBE TOOLS [WORD…]

PROBE is the binary; TOOLS a folder with the virtual environment `venv` (requirements.txt) and `node_modules`
(package.json). nginx, nghttpd, node, openssl and tshark are on the PATH.
With words, only the cases run whose names have one of them. Everything listens on loopback and is ended.
"""

import sys
import time
import traceback

import captured
import captures
import clients
import proxies
import reports
import servers
from harness import Machine, Wrong

GROUPS = [servers, proxies, clients, captures, captured, reports]


def main(probe, tools, words):
    passed, failed = 0, []
    with Machine(probe, tools) as machine:
        for group in GROUPS:
            for case in group.CASES:
                name = f"{group.__name__}: {case.__doc__}"
                if words and not any(word in name for word in words):
                    continue
                started = time.monotonic()
                try:
                    case(machine)
                    passed += 1
                    print(f"ok     {name}  ({time.monotonic() - started:.1f} s)", flush=True)
                except Wrong as wrong:
                    failed.append(name)
                    print(f"FAILED {name}\n       {wrong}", flush=True)
                except Exception:
                    failed.append(name)
                    print(f"FAILED {name}\n{traceback.format_exc()}", flush=True)
                finally:
                    machine.end_all()
    for name in failed:
        print(f"failed: {name}")
    print(f"{passed} passed, {len(failed)} failed")
    return 1 if failed or not passed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1], sys.argv[2], sys.argv[3:]))
