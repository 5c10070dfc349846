//! `finder.rs`: how a listed resource is found by its id or name.

use super::operations::{operation_type, sample};
use super::scope::Scope;
use super::writer::{Writer, imports, literal};
use crate::spec::{Finder, Operation, Service, snake_case};

pub(super) fn render(service: &Service) -> String {
    let scope = &Scope::new(service, &[]);
    let mut out = Writer::default();
    out.block(format!("impl {} {{", service.handle), "}", |out| {
        for (index, finder) in service.finders.iter().enumerate() {
            if index > 0 {
                out.line("");
            }
            method(out, service, scope, finder);
        }
    });
    for finder in &service.finders {
        let Some((_, item, id)) = service.found(finder) else { continue };
        out.line("");
        out.line(format!("k5_core::named! {{ {} by {} }}", scope.name(&item), scope.name(&id)));
    }
    let text = out.into_text();
    let own = ["super::builder".to_owned(), format!("super::handle::{}", service.handle)];
    let candidates = own.iter().map(String::as_str).chain(scope.imports());
    format!("//! Finding a listed resource by its id or name.\n\n{}\n{text}", imports(&text, candidates.collect()))
}

fn method(out: &mut Writer, service: &Service, scope: &Scope, finder: &Finder) {
    let Some((list, item, _)) = service.found(finder) else { return };
    let (what, method) = (finder.name.replace('_', " "), format!("find_{}", finder.name));
    out.doc(&format!(
        "Finds the {what} with this id or, if there is none, with this name, among those that [`{}`] lists. The result can be passed \
         wherever its id is expected.", service.method_name(list)
    ));
    out.doc("");
    let (root, handle) = (service.example_root(), snake_case(&service.handle));
    let example = [
        "```no_run",
        "# async fn example(session: k5_core::Session) -> k5_core::Result<()> {",
        &format!("let {handle} = {root}::{}::new(session);", service.handle),
        &format!("let {} = {handle}.{method}({}).await?;", finder.name, literal(sample("name"))),
        "# Ok(()) }",
        "```",
        "",
        "# Errors",
        "[`ErrorKind::NotFound`](k5_core::ErrorKind::NotFound) if there is none, [`Ambiguous`](k5_core::ErrorKind::Ambiguous) if \
             several have the name; then [`Reason::Candidates`](k5_core::Reason::Candidates) has their ids. Other errors are those of \
             the calls.",
    ];
    example.iter().for_each(|line| out.doc(line));
    let head =
        format!("pub async fn {method}(&self, id_or_name: impl AsRef<str> + Send) -> k5_core::Result<{}> {{", scope.name(&item));
    out.block(head, "}", |out| {
        out.line("let wanted = id_or_name.as_ref();");
        match finder.show.as_ref().and_then(|show| service.operation(show)) {
            Some(show) => {
                let name = operation_type(show);
                out.line(format!("let look: k5_core::Look<_> = |call| Box::pin(builder::{name}(call).send());"));
                out.line(format!("let show = Some((self.{}(wanted).0, look));", show.id));
            }
            None => out.line("let show = None;"),
        }
        out.line(format!("let items = |call| {};", items(list)));
        let filter = finder.filter.as_ref().map_or_else(|| "None".to_owned(), |filter| format!("Some({})", literal(filter)));
        out.line(format!("k5_core::find({}, wanted, show, self.{}().0, {filter}, items).await", literal(&what), list.id));
    });
}

/// The listing's items.
fn items(list: &Operation) -> String {
    let name = operation_type(list);
    match list.page.is_some() {
        true => format!("builder::{name}(call).items()"),
        false => format!("k5_core::Whole::new(async {{ Ok(builder::{name}(call).send().await?.items) }})"),
    }
}
