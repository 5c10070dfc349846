//! One document: who may see it, and how to show, change and remove it.

use super::{Call, Caller, Cloud, Fail, Outcome};
use crate::store::{Document, Documents, OpenDocuments, Rows};

/// A document that operations name by its id.
pub(crate) trait Kept: Document + Send + 'static {
    /// The tenant that it is kept under: the caller's project, unless it is shared or a user's own.
    fn tenant(caller: &Caller) -> &str {
        &caller.project.id
    }

    /// Whether this caller may see it.
    fn is_there_for(&self, _caller: &Caller) -> bool {
        true
    }

    /// The refusal if it doesn't exist.
    fn unknown(id: &str, caller: &Caller) -> Fail;
}

/// The document with this id.
fn kept<D: Kept>(documents: &Documents<impl Rows>, caller: &Caller, id: &str) -> Outcome<D> {
    let document: Option<D> = documents.get(D::tenant(caller), id)?;
    document.filter(|document| document.is_there_for(caller)).ok_or_else(|| D::unknown(id, caller))
}

impl Cloud {
    /// The document that this path parameter names.
    pub(crate) fn load<D: Kept>(&self, call: &Call<'_>, parameter: &str) -> Outcome<D> {
        kept(&self.reader().documents, &call.caller, &call.parameter(parameter))
    }

    /// Everything that the caller may see, oldest first.
    pub(crate) fn all<D: Kept>(&self, call: &Call<'_>) -> Outcome<Vec<D>> {
        let all: Vec<D> = self.reader().documents.all(D::tenant(&call.caller), crate::store::Order::OldestFirst)?;
        Ok(all.into_iter().filter(|document| document.is_there_for(&call.caller)).collect())
    }

    /// Changes the document that this path parameter names, and returns it as changed. `act` has to refuse before it stores
    /// anything else; what it does to its own document is stored after it.
    pub(crate) async fn update<D, F>(&self, call: &Call<'_>, parameter: &str, act: F) -> Outcome<D>
    where
        D: Kept,
        F: FnOnce(&mut D, &mut OpenDocuments<'_>) -> Outcome<()> + Send + 'static,
    {
        let (caller, id) = (call.caller.clone(), call.parameter(parameter));
        let changed = self.change(move |documents| {
            let mut document: D = kept(documents, &caller, &id)?;
            act(&mut document, documents)?;
            documents.put(D::tenant(&caller), &document)?;
            Ok(document)
        });
        changed.await
    }

    /// Removes the document that this path parameter names, unless `check` refuses.
    pub(crate) async fn remove<D, F>(&self, call: &Call<'_>, parameter: &str, check: F) -> Outcome<()>
    where
        D: Kept,
        F: FnOnce(&D) -> Outcome<()> + Send + 'static,
    {
        let (caller, id) = (call.caller.clone(), call.parameter(parameter));
        let removed = self.change(move |documents| {
            check(&kept::<D>(documents, &caller, &id)?)?;
            documents.remove::<D>(D::tenant(&caller), &id)?;
            Ok(())
        });
        removed.await
    }
}
