//! Names that rendered code has for itself, or that stand twice.

use super::*;

/// The problems of the good table with another text in a place, whole or not at all.
fn refusals(from: &str, to: &str) -> Vec<String> {
    assert_eq!(GOOD.matches(from).count(), 1, "{from:?} must stand once in the table");
    read(&GOOD.replace(from, to)).err().unwrap_or_default().iter().map(Problem::to_string).collect()
}

#[test]
fn names_that_rendered_code_has_for_itself_are_refused() {
    let at = |text: &str, message: &str| vec![format!("xtask/spec/things.toml:{}: {message}", line_of(text))];
    // Setters of a builder, by a query, a header and a field of the body.
    let (query, header, field) = ("limit = \"u32?\", marker", "doc = \"Metadata.\"", "speed = { type");
    for name in [
        "send",
        "items",
        "pages",
        "call",
        "call_mut",
        "document_mut",
        "into_call",
        "new",
        "session",
        "with_header",
        "with_x",
        "fn",
        "_",
    ] {
        let wanted = format!("list_things: {name:?} can't be a setter for deep: give it a `name`");
        let deep = format!("deep = {{ type = \"bool?\", name = {name:?}, doc = \"D.\" }}, {query}");
        assert_eq!(refusals(query, &deep), at(query, &wanted));
        let wanted = format!("show_thing: {name:?} can't be a setter for X-Thing-Meta-: give it a `name`");
        assert_eq!(refusals(header, &format!("name = {name:?}, {header}")), at(header, &wanted));
        let problems = refusals(field, &format!("{name} = {{ wire = \"speed\", type"));
        let wanted = at(field, &format!("start_thing: {name:?} can't be a setter, as Start.{name} would be"));
        assert!(problems.contains(&wanted[0]), "{name}: {problems:#?}");
    }
    // Arguments, by a header, the path and a field of the body.
    for name in ["call", "session", "self", "fn"] {
        let wanted = format!("show_thing: {name:?} can't be an argument for X-Kind: give it a `name`");
        assert_eq!(refusals("doc = \"The kind.\"", &format!("name = {name:?}, doc = \"K.\"")), at("doc = \"The kind.\"", &wanted));
        let problems = refusals("speed = { type = \"u32?\"", &format!("{name} = {{ wire = \"speed\", type = \"u32\""));
        let wanted = at("speed = { type", &format!("start_thing: {name:?} can't be an argument, as Start.{name} would be"));
        assert!(problems.contains(&wanted[0]), "{name}: {problems:#?}");
    }
    let word = "[param.shelf]";
    let problems = refusals(word, "[param.call]\ndoc = \"The call.\"\n[param.shelf]");
    assert_eq!(problems.len(), 1, "{problems:#?}");
    let path = GOOD.replace("[param.thing]\n", "[param.call]\n").replace("{thing}", "{call}");
    let problems = read(&path).expect_err("refused");
    let wanted =
        at("/{shelf}/{thing}", "show_thing: \"call\" can't be the name of a parameter: the method has it for something else");
    assert_eq!(problems.iter().map(Problem::to_string).collect::<Vec<_>>(), wanted);
    // Operations.
    for id in ["new", "session", "service", "clone", "fn", "Big"] {
        let problems = refusals("id = \"delete_things\"", &format!("id = {id:?}"));
        let wanted = at("id = \"delete_things\"", &format!("{id:?} can't be the name of a method"));
        assert!(problems.contains(&wanted[0]), "{id}: {problems:#?}");
    }
    // Fields of documents and of sets of headers.
    let (document, headers) = ("name = { type = \"String\", doc = \"Its", "size = { wire");
    for (place, wire, kind, name) in [
        (document, "", "Thing", "extra"),
        (document, "", "Thing", "fn"),
        (headers, "", "ThingInfo", "headers"),
        (headers, "", "ThingInfo", "self"),
        (field, "wire = \"speed\", ", "Start", "with_field"),
        (field, "wire = \"speed\", ", "Start", "new"),
    ] {
        let (_, rest) = place.split_once("{ ").expect("a table");
        let problems = refusals(place, &format!("{name} = {{ {wire}{rest}"));
        let wanted = at(place, &format!("{kind}: {name:?} can't be the name of a field"));
        assert!(problems.contains(&wanted[0]), "{name}: {problems:#?}");
    }
    // A document that nobody makes has no setters, so its fields may be called like those.
    assert_eq!(refusals("size = { wire", "send = { wire"), [""; 0]);
    // Types, builders and waiters.
    for name in [
        "Value", "Pairs", "Result", "Error", "Session", "Call", "Body", "Option", "String", "Vec", "Some", "Fields", "ServerId",
        "Loose",
    ] {
        let wanted = format!("{name} can't be the name of a type: rendered code has it for something else");
        for declared in ["[enum.Colour]", "[view.Named]", "[headers.ThingInfo]", "[type.Start]"] {
            let (kind, _) = declared.split_once('.').expect("a kind");
            let problems = refusals(declared, &format!("{kind}.{name}]"));
            assert!(problems.contains(&at(declared, &wanted)[0]), "{declared} {name}: {problems:#?}");
        }
    }
    assert_eq!(
        refusals("id = \"delete_things\"", "id = \"call\""),
        at("id = \"delete_things\"", "Call can't be the name of a builder: rendered code has it for something else")
    );
    let entry = "Entry = \"k5_core::model::Entry\"";
    assert_eq!(refusals(entry, "Value = \"crate::Value\"\nEntry = \"k5_core::model::Entry\"").len(), 1);
    assert_eq!(refusals(entry, "Entry = \"crate::Entry\"").len(), 1, "another one than core's");
    assert_eq!(
        refusals(entry, "Entry = \"k5_core::model::Entry\"\nOdd = \"crate::Even\""),
        [format!("xtask/spec/things.toml:{}: types: Odd is not what the path \"crate::Even\" ends in", line_of(entry) + 1)]
    );
    // Variants of enums, goals and names of waiters.
    assert_eq!(refusals("\"red\", \"blue\"", "\"red\", \"self\""), at("[enum.Colour]", "Colour: \"self\" does not make a variant"));
    assert_eq!(refusals("\"red\", \"blue\"", "\"red\", \"\""), at("[enum.Colour]", "Colour: \"\" does not make a variant"));
    assert_eq!(
        refusals("until = { ready = [\"there\"] }", "until = { ready = [\"there\"] }\ngone = { ready = [] }"),
        at("until = { ready", "waiter.thing: the goal ready appears twice")
    );
    assert_eq!(
        refusals("id = \"delete_things\"", "id = \"wait_thing\""),
        at("[waiter.thing]", &format!("waiter.thing: the method wait_thing is that of line {}", line_of("id = \"delete_things\"")))
    );
    assert!(refusals("[waiter.thing]", "[waiter.Big]")[0].contains("waiter.Big: \"wait_Big\" can't be the name of a method"));
}

#[test]
fn arguments_and_setters_have_names_of_their_own() {
    let at = |text: &str, message: &str| vec![format!("xtask/spec/things.toml:{}: {message}", line_of(text))];
    let body = "body = { key = \"start\", json = \"Start\" }";
    let field = "speed = { type";
    // A field of the body beside a query and beside a header.
    for (params, wire) in [("query", "speed"), ("headers", "X-Speed")] {
        let both = format!("{body}\n{params} = {{ {wire} = {{ type = \"u32?\", doc = \"S.\" }} }}");
        let (line, message) = (line_of(field) + 1, "start_thing: speed is already a setter, as Start.speed would be");
        assert_eq!(refusals(body, &both), [format!("xtask/spec/things.toml:{line}: {message}")]);
    }
    // A required one beside a parameter of the path, and beside a required query.
    let required = |name: &str| format!("{name} = {{ wire = \"speed\", type = \"u32\", doc");
    assert_eq!(
        refusals("speed = { type = \"u32?\", doc", &required("shelf")),
        at(field, "start_thing: shelf is already an argument, as Start.shelf would be")
    );
    let with_query =
        GOOD.replace(body, "query = { speed = { type = \"u32\", doc = \"S.\" } }\nbody = { key = \"start\", json = \"Start\" }");
    let problems = read(&with_query.replace("speed = { type = \"u32?\", doc", &required("speed"))).expect_err("twice");
    assert!(problems[0].message.ends_with("speed is already an argument, as Start.speed would be"), "{problems:#?}");
    // An optional one may be called like a parameter of the path: one is a setter, the other an argument.
    assert_eq!(refusals(field, "shelf = { wire = \"speed\", type"), [""; 0]);
    // What is spread of a document inside beside what stands around it.
    let spread = "body = { json = \"Around\", inline = \"start\" }";
    let around = |field: &str| {
        let types = format!(
            "\n[type.Around]\ndoc = \"A.\"\nstart = {{ type = \"Start\", doc = \"S.\" }}\n{field} = {{ type = \"u32?\", doc = \"F.\" }}\n"
        );
        read(&format!("{}{types}", GOOD.replace(body, spread))).err().unwrap_or_default()
    };
    assert!(around("weight").is_empty());
    let problems = around("speed");
    assert!(problems[0].message == "start_thing: speed is already a setter, as Around.speed would be", "{problems:#?}");
    // The body itself.
    for (sent, name) in [("stream = true", "body"), ("text = true", "text"), ("key = \"items\", json = \"map<String>\"", "items")] {
        let query = format!("query = {{ {name} = {{ type = \"String\", doc = \"Q.\" }} }}");
        let problems = refusals(body, &format!("body = {{ {sent} }}\n{query}"));
        let start = format!("start_thing: {name} is already an argument, as the body would be");
        assert!(problems.iter().any(|problem| problem.contains(&start)), "{sent}: {problems:#?}");
    }
    let odd = refusals(body, "body = { key = \"os-items\", json = \"map<String>\" }");
    assert!(odd[0].contains("start_thing: \"os-items\" can't be an argument, as the body would be"), "{odd:#?}");
    // The method of a variant.
    let answer = "status = [202], key = \"thing\", json = \"Thing\"";
    for name in ["send", "speed", "with_b"] {
        let variant = format!("{answer}, variant = {{ name = {name:?}, when = \"fast\", key = \"b\", doc = \"B.\" }}");
        let problems = refusals(answer, &variant);
        assert!(problems[0].contains("start_thing: ") && problems.len() == 1, "{name}: {problems:#?}");
    }
    // A view of a document that callers make.
    let view = "[view.Speed]\nof = \"Start\"\ndoc = \"S.\"\nrows = [\"Thing storage 2\"]\nfields = [\"speed\"]\n";
    let problems = read(&format!("{GOOD}{view}")).expect_err("a setter has that name");
    assert_eq!(problems[0].message, "Speed: Start has a method speed already, which sets a field or makes one");
}
