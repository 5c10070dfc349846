"""service.py PROGRAM MODULE ARGUMENTS...: runs MODULE's main() as PROGRAM, as the console scripts do that come in packages
which also install and enable services."""
import importlib
import sys

program, module = sys.argv[1:3]
sys.argv = [program] + sys.argv[3:]
main = importlib.import_module(module).main
if program.startswith("nova-"):
    # The first report is what up.sh waits for. It comes from a service that listens already, so the delay serves nobody.
    from nova.servicegroup import api

    api.INITIAL_REPORTING_DELAY = 0
if program == "nova-compute":
    # Virt drivers are looked for in nova's own name space alone.
    import k5_drivers
    import nova.virt

    nova.virt.__path__.extend(k5_drivers.__path__)
sys.exit(main())
