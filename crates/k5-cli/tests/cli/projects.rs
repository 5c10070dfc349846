//! `project list`.

use crate::bench::{Bench, run};
use k5_emulator::{Fault, Faults, Rule};

#[test]
fn all_or_ones_own() {
    let bench = Bench::new();
    // This user may not list all projects.
    let own = bench.ok("project list -f value -c Name");
    assert_eq!(own, bench.ok("project list --my-projects -f value -c Name"));
    assert!(own.lines().any(|name| name == "demo") && !own.lines().any(|name| name == "service"), "{own}");
    let mut as_admin = bench.command();
    as_admin.envs(bench.emulator.environment_of("admin").unwrap()).args(["project", "list", "-f", "value", "-c", "Name"]);
    let all = run(&mut as_admin, b"").ok();
    assert!(all.lines().any(|name| name == "service") && all.lines().count() > own.lines().count(), "{all}");

    assert!(bench.ok("project list").contains("| ID "));
    let long = bench.ok("project list --long");
    assert!(["Domain ID", "Description", "Enabled"].iter().all(|title| long.contains(title)), "{long}");
    assert!(!bench.ok("project list").contains("Enabled"));
    // A filter is not given up silently.
    let said = bench.fails("project list --domain default", 1);
    assert!(said.contains("list_projects: 403"), "{said}");
    bench.fails("project list --domain default --my-projects", 2);
    bench.emulator.faults(Faults::new().rule(Rule::on("GET", "/v3/projects").then(Fault::status(400))));
    bench.fails("project list", 1);
}
