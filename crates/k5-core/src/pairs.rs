//! Names and values of a document, [`Pairs`].

use serde::de::{Deserialize, Deserializer, MapAccess, Visitor};
use serde::ser::{Serialize, Serializer};
use serde_json::Value;
use std::fmt;
use std::marker::PhantomData;

/// Names and their values, in the order of the names: the metadata of a server, the fields that a type doesn't know.
///
/// It is used like a `BTreeMap<String, T>`. Documents have few names but come by the thousand, and a tree takes half a kilobyte for a
/// single one, so this is a sorted list. Looking a name up is as fast; inserting moves the names behind it, so to make one of very
/// many, collect them.
///
/// ```
/// use k5_core::Pairs;
///
/// let mut metadata: Pairs<String> = [("role", "web"), ("owner", "ops")].into();
/// metadata.insert("role", "db".to_owned());
/// assert_eq!((metadata.len(), metadata["role"].as_str(), metadata.get("zone")), (2, "db", None));
/// assert_eq!(metadata.keys().collect::<Vec<_>>(), ["owner", "role"]);
/// ```
#[derive(Clone, PartialEq, Eq)]
pub struct Pairs<T> {
    /// In the order of the names, each once; but see [`push`](Self::push).
    sorted: Vec<(String, T)>,
}

impl<T> Pairs<T> {
    /// None.
    pub const fn new() -> Self {
        Self { sorted: Vec::new() }
    }

    /// The number of names.
    pub fn len(&self) -> usize {
        self.sorted.len()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.sorted.is_empty()
    }

    /// The value of a name.
    pub fn get(&self, name: &str) -> Option<&T> {
        self.position(name).ok().map(|at| &self.sorted[at].1)
    }

    /// The value of a name, to be changed.
    pub fn get_mut(&mut self, name: &str) -> Option<&mut T> {
        self.position(name).ok().map(|at| &mut self.sorted[at].1)
    }

    /// Whether there is such a name.
    pub fn contains_key(&self, name: &str) -> bool {
        self.position(name).is_ok()
    }

    /// Gives a name a value, and returns the one that it had.
    pub fn insert(&mut self, name: impl Into<String>, value: T) -> Option<T> {
        let name = name.into();
        match self.position(&name) {
            Ok(at) => Some(std::mem::replace(&mut self.sorted[at].1, value)),
            Err(at) => {
                self.sorted.insert(at, (name, value));
                None
            }
        }
    }

    /// Removes a name, and returns its value.
    pub fn remove(&mut self, name: &str) -> Option<T> {
        self.position(name).ok().map(|at| self.sorted.remove(at).1)
    }

    /// Keeps only what `keep` says.
    pub fn retain(&mut self, mut keep: impl FnMut(&str, &mut T) -> bool) {
        self.sorted.retain_mut(|(name, value)| keep(name, value));
    }

    /// The names and values, in the order of the names.
    pub fn iter(&self) -> Iter<'_, T> {
        self.sorted.iter().map(|(name, value)| (name, value))
    }

    /// The names, in order.
    pub fn keys(&self) -> impl DoubleEndedIterator<Item = &String> + ExactSizeIterator {
        self.sorted.iter().map(|(name, _)| name)
    }

    /// The values, in the order of the names.
    pub fn values(&self) -> impl DoubleEndedIterator<Item = &T> + ExactSizeIterator {
        self.sorted.iter().map(|(_, value)| value)
    }

    /// The values, to be changed.
    pub fn values_mut(&mut self) -> impl DoubleEndedIterator<Item = &mut T> + ExactSizeIterator {
        self.sorted.iter_mut().map(|(_, value)| value)
    }

    fn position(&self, name: &str) -> Result<usize, usize> {
        self.sorted.binary_search_by(|(known, _)| known.as_str().cmp(name))
    }

    /// Adds a pair at the end, for whoever reads a document and calls [`settle`](Self::settle) afterwards: this way any number of
    /// names in any order takes no more time than sorting them. Until then only pushing makes sense.
    #[doc(hidden)]
    pub fn push(&mut self, name: impl Into<String>, value: T) {
        // Most documents have one or two.
        if self.sorted.is_empty() {
            self.sorted.reserve_exact(1);
        }
        self.sorted.push((name.into(), value));
    }

    /// Sorts what was pushed. Of a name that came several times, the last value counts.
    #[doc(hidden)]
    pub fn settle(&mut self) {
        if !self.sorted.is_sorted_by(|(one, _), (other, _)| one < other) {
            // Stable, so those of the same name stay in the order in which they came.
            self.sorted.sort_by(|(one, _), (other, _)| one.cmp(other));
            self.sorted.dedup_by(|later, earlier| {
                let same = later.0 == earlier.0;
                if same {
                    std::mem::swap(later, earlier);
                }
                same
            });
        }
        self.sorted.shrink_to_fit();
    }
}

impl Pairs<Value> {
    /// Notes that the field that was just read came as `null`, unless reading it has pushed what it was.
    #[doc(hidden)]
    pub fn push_null(&mut self, name: &str) {
        if self.sorted.last().is_none_or(|(last, _)| last != name) {
            self.push(name, Value::Null);
        }
    }
}

/// What `Pairs::iter` returns.
type Iter<'a, T> = std::iter::Map<std::slice::Iter<'a, (String, T)>, fn(&'a (String, T)) -> (&'a String, &'a T)>;

impl<T> Default for Pairs<T> {
    fn default() -> Self {
        Self::new()
    }
}

impl<T: fmt::Debug> fmt::Debug for Pairs<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_map().entries(self).finish()
    }
}

impl<T> std::ops::Index<&str> for Pairs<T> {
    type Output = T;

    /// Panics if there is no such name.
    fn index(&self, name: &str) -> &T {
        match self.get(name) {
            Some(value) => value,
            None => panic!("there is no {name:?}"),
        }
    }
}

impl<N: Into<String>, T> FromIterator<(N, T)> for Pairs<T> {
    fn from_iter<I: IntoIterator<Item = (N, T)>>(pairs: I) -> Self {
        let mut all = Self { sorted: pairs.into_iter().map(|(name, value)| (name.into(), value)).collect() };
        all.settle();
        all
    }
}

impl<N: Into<String>, T> Extend<(N, T)> for Pairs<T> {
    fn extend<I: IntoIterator<Item = (N, T)>>(&mut self, pairs: I) {
        self.sorted.extend(pairs.into_iter().map(|(name, value)| (name.into(), value)));
        self.settle();
    }
}

impl<N: Into<String>, V: Into<T>, T, const COUNT: usize> From<[(N, V); COUNT]> for Pairs<T> {
    fn from(pairs: [(N, V); COUNT]) -> Self {
        pairs.into_iter().map(|(name, value)| (name, value.into())).collect()
    }
}

impl<T> IntoIterator for Pairs<T> {
    type Item = (String, T);
    type IntoIter = std::vec::IntoIter<(String, T)>;

    fn into_iter(self) -> Self::IntoIter {
        self.sorted.into_iter()
    }
}

impl<'a, T> IntoIterator for &'a Pairs<T> {
    type Item = (&'a String, &'a T);
    type IntoIter = Iter<'a, T>;

    fn into_iter(self) -> Self::IntoIter {
        self.iter()
    }
}

impl<T: Serialize> Serialize for Pairs<T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(self)
    }
}

impl<'de, T: Deserialize<'de>> Deserialize<'de> for Pairs<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Read<T>(PhantomData<T>);
        impl<'de, T: Deserialize<'de>> Visitor<'de> for Read<T> {
            type Value = Pairs<T>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a map")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Pairs<T>, A::Error> {
                let mut pairs = Pairs::new();
                while let Some((name, value)) = map.next_entry::<String, T>()? {
                    pairs.push(name, value);
                }
                pairs.settle();
                Ok(pairs)
            }
        }
        deserializer.deserialize_map(Read(PhantomData))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::collections::BTreeMap;

    proptest! {
        /// However they come, it has what a tree would have.
        #[test]
        fn it_is_a_map(
            came in proptest::collection::vec(("[a-e]{0,2}", any::<u8>()), 0..40),
            then in proptest::collection::vec(("[a-e]{0,2}", proptest::option::of(any::<u8>())), 0..20),
        ) {
            let (mut pairs, mut tree): (Pairs<u8>, BTreeMap<String, u8>) = (came.iter().cloned().collect(), came.into_iter().collect());
            prop_assert!(pairs.iter().eq(&tree));
            for (name, value) in then {
                match value {
                    Some(value) => prop_assert_eq!(pairs.insert(name.as_str(), value), tree.insert(name.clone(), value)),
                    None => prop_assert_eq!(pairs.remove(&name), tree.remove(&name)),
                }
                prop_assert_eq!(pairs.get(&name), tree.get(&name));
                prop_assert_eq!(pairs.contains_key(&name), tree.contains_key(&name));
            }
            prop_assert!(pairs.iter().eq(&tree));
            prop_assert_eq!(serde_json::to_string(&pairs).expect("JSON"), serde_json::to_string(&tree).expect("JSON"));
            prop_assert_eq!(format!("{pairs:?}"), format!("{tree:?}"));
        }

        /// A document may have a name twice; the last one counts.
        #[test]
        fn it_is_read_like_a_map(came in proptest::collection::vec(("[a-e]{0,2}", any::<u8>()), 0..40)) {
            let written: Vec<String> = came.iter().map(|(name, value)| format!("{name:?}:{value}")).collect();
            let written = format!("{{{}}}", written.join(","));
            let pairs: Pairs<u8> = serde_json::from_str(&written).expect("reads");
            let tree: BTreeMap<String, u8> = serde_json::from_str(&written).expect("reads");
            prop_assert!(pairs.iter().eq(&tree));
        }
    }

    crate::model! {
        /// For the test.
        pub(super) struct Known {
            /// A field.
            pub known: Option<u32> = "known",
        }
    }

    #[test]
    fn a_field_that_came_as_null_and_those_that_are_unknown_are_found_by_name() {
        let read: Known = serde_json::from_str(r#"{"z":1,"known":null,"a":2,"z":3}"#).expect("reads");
        assert_eq!((read.known, read.extra.len()), (None, 3));
        assert_eq!((&read.extra["known"], &read.extra["z"], &read.extra["a"]), (&Value::Null, &3.into(), &2.into()));
        assert_eq!(serde_json::to_string(&read).expect("JSON"), r#"{"a":2,"known":null,"z":3}"#);
    }

    /// If each name found its place at once, all others would be moved for it, and this would take longer than anyone waits for a test.
    #[test]
    fn many_names_are_read_in_any_order() {
        const COUNT: usize = 400_000;
        let names: Vec<String> = (0..COUNT).rev().map(|number| format!("\"n{number:06}\":0")).collect();
        let document = format!("{{{}}}", names.join(","));
        let pairs: Pairs<u8> = serde_json::from_str(&document).expect("reads");
        let read: Known = serde_json::from_str(&document).expect("reads");
        assert_eq!((pairs.len(), read.extra.len()), (COUNT, COUNT));
        assert!(pairs.keys().is_sorted() && read.extra.keys().is_sorted());
    }
}
