//! The files: which ones are read, how they complete each other, and what a named cloud in them says.

use std::collections::BTreeMap;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::environment::Sources;
use super::error::{ConfigError, Origin};
use super::node::{Node, Value, merge_deep, normalise_keys};
use super::setting::{Entry, Key, Layer, TABLE};
use super::values::service_type;

const SUFFIXES: [&str; 3] = ["yaml", "yml", "json"];

/// The clouds of clouds.yaml, completed by secure.yaml.
pub(super) struct Files {
    clouds: BTreeMap<String, Node>,
    /// The clouds.yaml (or, without one, the secure.yaml) that was read.
    pub(super) file: Option<PathBuf>,
    /// Every place where a clouds.yaml was looked for.
    pub(super) searched: Vec<PathBuf>,
    pub(super) warnings: Vec<String>,
    /// `cache.auth`: whether tokens are kept on disk.
    pub(super) cache_token: Option<Entry>,
}

/// A named cloud, with the region that was chosen.
pub(super) struct NamedCloud {
    pub(super) layer: Layer,
    pub(super) warnings: Vec<String>,
}

impl Files {
    pub(super) fn load(sources: &Sources) -> Result<Self, ConfigError> {
        let mut warnings = Vec::new();
        let searched = candidates(sources, "clouds", Some("OS_CLIENT_CONFIG_FILE"))?;
        let secure = candidates(sources, "secure", Some("OS_CLIENT_SECURE_FILE"))?;
        if let Some(named) = sources.variable("OS_CLIENT_CONFIG_FILE")?
            && !Path::new(named.text.trim_end_matches(['\r', '\n'])).exists()
        {
            warnings.push("OS_CLIENT_CONFIG_FILE names a file that does not exist; the usual places were searched".to_owned());
        }
        let mut clouds = BTreeMap::new();
        let mut file = None;
        let mut cache_token = None;
        for places in [&searched, &secure] {
            let Some(node) = first_file(places, &mut warnings)? else {
                continue;
            };
            let path = node.file().to_path_buf();
            let mut root = node.into_map("the file")?;
            if let Some(Node { value: Value::Map(cache), .. }) = root.get("cache")
                && let Some(auth) = cache.get("auth")
                && let Some(text) = auth.text("cache.auth")?
            {
                cache_token = Some(Entry { text: text.to_owned(), origin: auth.origin("cache.auth") });
            }
            match root.remove("clouds") {
                Some(section) => merge_deep(&mut clouds, section.into_map("clouds")?),
                None => warnings.push(format!("{} has no `clouds`", path.display())),
            }
            file = file.or(Some(path));
        }
        Ok(Self { clouds, file, searched, warnings, cache_token })
    }

    pub(super) fn names(&self) -> Vec<String> {
        self.clouds.keys().cloned().collect()
    }

    pub(super) fn contains(&self, name: &str) -> bool {
        self.clouds.contains_key(name)
    }

    /// The settings of cloud `name` over its profile, for the region that the stronger sources ask for (or its first).
    pub(super) fn cloud(&self, name: &str, region: Option<&Entry>, sources: &Sources) -> Result<NamedCloud, ConfigError> {
        let mut warnings = Vec::new();
        let label = format!("clouds.{name}");
        let own = match self.clouds.get(name) {
            Some(node) => normalise_keys(node.clone().into_map(&label)?),
            None => BTreeMap::new(),
        };
        let mut merged = profile(&own, &label, sources, &mut warnings)?;
        let known = match known_regions(&own, &label)? {
            known if known.is_empty() => known_regions(&merged, &label)?,
            known => known,
        };
        update(&mut merged, own, &label)?;
        merged.remove("regions");

        let chosen = match region {
            None => known.into_iter().next(),
            Some(_) if known.is_empty() => None,
            Some(wanted) => {
                let names: Vec<_> = known.iter().map(|region| region.name.clone()).collect();
                match known.into_iter().find(|region| region.name == wanted.text) {
                    Some(region) => Some(region),
                    None => {
                        return Err(ConfigError::UnknownRegion {
                            region: wanted.text.clone(),
                            origin: wanted.origin.clone(),
                            cloud: name.to_owned(),
                            known: names,
                            file: self.file.clone().unwrap_or_default().into_boxed_path(),
                        });
                    }
                }
            }
        };
        merged.remove("region_name");
        let mut region_name = None;
        if let Some(region) = chosen {
            update(&mut merged, region.values, &label)?;
            region_name = Some((region.name, region.origin));
        }
        let mut layer = layer(&merged, &label)?;
        if let Some((name, origin)) = region_name {
            layer.set(Key::RegionName, name, origin);
        }
        Ok(NamedCloud { layer, warnings })
    }
}

/// The files to try, in order; a file that a variable names comes first.
pub(super) fn candidates(sources: &Sources, stem: &str, variable: Option<&str>) -> Result<Vec<PathBuf>, ConfigError> {
    let mut list = Vec::new();
    if let Some(variable) = variable
        && let Some(entry) = sources.variable(variable)?
    {
        // A variable that is set by a file with Windows line ends has a CR at its end.
        list.push(PathBuf::from(entry.text.trim_end_matches(['\r', '\n'])));
    }
    for dir in &sources.config_dirs {
        list.extend(SUFFIXES.iter().map(|suffix| dir.join(format!("{stem}.{suffix}"))));
    }
    Ok(list)
}

/// The first file that exists and is readable.
fn first_file(places: &[PathBuf], warnings: &mut Vec<String>) -> Result<Option<Node>, ConfigError> {
    for path in places {
        match std::fs::read(path) {
            Ok(bytes) => {
                let file: Arc<Path> = Arc::from(path.as_path());
                return match String::from_utf8(bytes) {
                    Ok(text) => Node::parse(&text, &file).map(Some),
                    Err(_) => Err(ConfigError::FileSyntax {
                        file: path.clone(),
                        line: None,
                        column: None,
                        problem: "the file is not UTF-8".to_owned(),
                    }),
                };
            }
            Err(error) => match error.kind() {
                ErrorKind::NotFound | ErrorKind::NotADirectory | ErrorKind::IsADirectory => {}
                ErrorKind::PermissionDenied => {
                    warnings.push(format!("{} is not readable and was ignored", path.display()));
                }
                _ => {
                    return Err(ConfigError::FileRead { file: path.clone(), source: error });
                }
            },
        }
    }
    Ok(None)
}

/// The settings of the profile that a cloud names, from clouds-public.yaml.
fn profile(
    own: &BTreeMap<String, Node>,
    label: &str,
    sources: &Sources,
    warnings: &mut Vec<String>,
) -> Result<BTreeMap<String, Node>, ConfigError> {
    let field = if own.contains_key("profile") { "profile" } else { "cloud" };
    let Some(node) = own.get(field) else {
        return Ok(BTreeMap::new());
    };
    let Some(name) = node.text(&format!("{label}.{field}"))? else {
        return Ok(BTreeMap::new());
    };
    if let Some(public) = first_file(&candidates(sources, "clouds-public", None)?, warnings)? {
        let mut root = public.into_map("the file")?;
        if let Some(section) = root.remove("public-clouds")
            && let Some(profile) = section.into_map("public-clouds")?.remove(name)
        {
            let mut map = normalise_keys(profile.into_map(&format!("public-clouds.{name}"))?);
            for nested in ["profile", "cloud"] {
                map.remove(nested);
            }
            return Ok(map);
        }
    }
    warnings.push(format!(
        "{}: profile \"{name}\" is not in any clouds-public.yaml and was ignored",
        node.origin(&format!("{label}.{field}"))
    ));
    Ok(BTreeMap::new())
}

/// Lays `over` on `under`: `auth` is merged, everything else is replaced.
fn update(under: &mut BTreeMap<String, Node>, over: BTreeMap<String, Node>, label: &str) -> Result<(), ConfigError> {
    for (key, node) in over {
        if key == "auth" {
            if matches!(node.value, Value::Null) {
                continue;
            }
            let auth_label = format!("{label}.auth");
            let above = node.clone().into_map(&auth_label)?;
            match under.get_mut("auth") {
                Some(Node { value: Value::Map(below), .. }) => below.extend(above),
                _ => {
                    under.insert(key, node);
                }
            }
        } else {
            under.insert(key, node);
        }
    }
    Ok(())
}

struct Region {
    name: String,
    origin: Origin,
    values: BTreeMap<String, Node>,
}

/// The regions that a cloud lists, the default first: `regions`, or `region_name` (a text, or several with commas).
fn known_regions(cloud: &BTreeMap<String, Node>, label: &str) -> Result<Vec<Region>, ConfigError> {
    let mut regions = Vec::new();
    if let Some(node) = cloud.get("regions") {
        let field = format!("{label}.regions");
        let items: Vec<&Node> = match &node.value {
            Value::List(items) => items.iter().collect(),
            Value::Null => Vec::new(),
            Value::Text(_) => vec![node],
            Value::Map(_) => return Err(node.wrong_kind(&field, "a list")),
        };
        for item in items {
            regions.extend(region(item, &field)?);
        }
        return Ok(regions);
    }
    let Some(node) = cloud.get("region_name") else {
        return Ok(regions);
    };
    let field = format!("{label}.region_name");
    match &node.value {
        Value::List(items) => {
            for item in items {
                regions.extend(region(item, &field)?);
            }
        }
        _ => {
            for name in node.text(&field)?.unwrap_or_default().split(',').map(str::trim) {
                if !name.is_empty() {
                    regions.push(Region { name: name.to_owned(), origin: node.origin(&field), values: BTreeMap::new() });
                }
            }
        }
    }
    Ok(regions)
}

fn region(item: &Node, field: &str) -> Result<Option<Region>, ConfigError> {
    if let Value::Map(map) = &item.value {
        let named = match map.get("name") {
            Some(name) => name.text(&format!("{field}.name"))?,
            None => None,
        };
        let only = map.keys().all(|key| key == "name" || key == "values");
        let (Some(name), true) = (named, only) else {
            return Err(ConfigError::InvalidValue {
                origin: item.origin(field),
                problem: "an entry must be a region's name, or a mapping with `name` and `values` alone".to_owned(),
            });
        };
        let values = match map.get("values") {
            Some(values) => normalise_keys(values.clone().into_map(&format!("{field}.values"))?),
            None => BTreeMap::new(),
        };
        return Ok(Some(Region { name: name.to_owned(), origin: item.origin(field), values }));
    }
    Ok(item.text(field)?.map(|name| Region { name: name.to_owned(), origin: item.origin(field), values: BTreeMap::new() }))
}

/// The settings that a merged cloud holds. A field beside `auth` wins over the same field inside it.
fn layer(cloud: &BTreeMap<String, Node>, label: &str) -> Result<Layer, ConfigError> {
    let nothing = BTreeMap::new();
    let auth_label = format!("{label}.auth");
    let auth = match cloud.get("auth") {
        None => &nothing,
        Some(node) => match &node.value {
            Value::Map(map) => map,
            Value::Null => &nothing,
            _ => return Err(node.wrong_kind(&auth_label, "a mapping")),
        },
    };
    let mut layer = Layer::default();
    for spec in TABLE {
        for (map, label) in [(auth, &auth_label), (cloud, &label.to_owned())] {
            for field in spec.fields {
                if let Some(node) = map.get(*field) {
                    let path = format!("{label}.{field}");
                    if let (Key::AuthMethods, Value::List(methods)) = (spec.key, &node.value) {
                        let names = methods.iter().map(|method| method.text(&path)).collect::<Result<Vec<_>, _>>()?;
                        let names: Vec<&str> = names.into_iter().flatten().collect();
                        layer.set(spec.key, names.join(","), node.origin(&path));
                        continue;
                    }
                    if let Some(text) = node.text(&path)? {
                        layer.set(spec.key, text, node.origin(&path));
                    }
                }
            }
        }
    }
    for (key, node) in cloud {
        let path = format!("{label}.{key}");
        // What is of another kind is not a setting of a service, or none that is known.
        if let Ok(Some(text)) = node.text(&path) {
            layer.set_of_service(key, Entry { text: text.to_owned(), origin: node.origin(&path) });
        }
    }
    for suffix in ["_endpoint", "_endpoint_override"] {
        for (key, node) in cloud {
            let path = format!("{label}.{key}");
            // Those of a login are not service's.
            let of_login = TABLE.iter().any(|spec| spec.fields.contains(&key.as_str()));
            if let Some(service) = key.strip_suffix(suffix).filter(|service| !service.is_empty() && !of_login)
                && let Some(text) = node.text(&path)?
            {
                let entry = Entry { text: text.to_owned(), origin: node.origin(&path) };
                layer.endpoints.insert(service_type(service), entry);
            }
        }
    }
    Ok(layer)
}
