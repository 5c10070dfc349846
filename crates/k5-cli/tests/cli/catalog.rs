//! `catalog show`.

use crate::bench::Bench;
use serde_json::json;

#[test]
fn a_service_by_name_or_type() {
    let bench = Bench::new();
    let listed = bench.run(["catalog", "list", "-o", "json"]).json();
    let compute = listed.as_array().unwrap().iter().find(|service| service["type"] == "compute").unwrap().clone();
    let by_type = bench.run(["catalog", "show", "compute", "-o", "json"]).json();
    assert_eq!((&by_type["name"], &by_type["endpoints"]), (&compute["name"], &compute["endpoints"]));
    assert_eq!(bench.run(["catalog", "show", compute["name"].as_str().unwrap(), "-o", "json"]).json(), by_type);
    assert_eq!(bench.ok("catalog show compute -f value -c type"), "compute\n");
    let table = bench.ok("catalog show compute");
    let fields: Vec<&str> =
        table.lines().filter_map(|line| line.split('|').nth(1)).map(str::trim).filter(|f| !f.is_empty()).collect();
    assert_eq!(fields, ["Field", "endpoints", "id", "name", "type"]);
    assert!(table.contains("public: http"), "{table}");
    let said = bench.fails("catalog show compte", 1);
    assert!(said.contains("catalog show compte: the catalogue has no service") && said.contains("Did you mean compute?"), "{said}");
    bench.fails("catalog show compute -c nope", 2);
    assert_eq!(by_type["type"], json!("compute"));
}
