//! Message types: what a method takes and returns, JSON to protobuf and back, and reading protobuf without a schema.
//!
//! [`Schema`] wraps a descriptor pool. Descriptors come from `.proto` files, from files of descriptors and from server
//! reflection, always as the bytes of a `FileDescriptorSet`; [`raw`] reads messages for which there are none.

mod check;
mod decode;
mod editions;
mod encode;
mod fit;
pub(crate) mod guard;
mod method;
pub(crate) mod nearest;
mod place;
pub mod raw;
pub mod rpc;
mod text;

use std::collections::{BTreeMap, BTreeSet};

use prost_reflect::prost::Message as _;
use prost_reflect::prost_types::FileDescriptorSet;
use prost_reflect::{DescriptorPool, DynamicMessage, Value};

pub use decode::{DecodeError, Decoded};
pub use encode::JsonError;
pub use method::Method;
pub use place::Place;

/// Why a set of descriptors is no schema, or a schema has no such method. Fits after "…: ".
#[derive(Debug, thiserror::Error)]
pub enum SchemaError {
    /// The bytes are no `google.protobuf.FileDescriptorSet`.
    #[error("not a descriptor set: {0}")]
    NotADescriptorSet(String),
    /// A file's `syntax` is none that exists.
    #[error("{file} has the unknown syntax {syntax:?}")]
    UnknownSyntax {
        /// Name of the file within the set.
        file: String,
        /// Its `syntax`.
        syntax: String,
    },
    /// A file's edition is newer than what is understood here.
    #[error(
        "{file} is of edition number {edition}; editions 2023 (1000) and 2024 (1001) are understood"
    )]
    UnknownEdition {
        /// Name of the file within the set.
        file: String,
        /// The number of `google.protobuf.Edition`.
        edition: i32,
    },
    /// A message calls itself a map entry and is none.
    #[error("{message} is marked as a map entry, but {problem}")]
    MapEntry {
        /// Full name of the message.
        message: String,
        /// What is wrong with it.
        problem: &'static str,
    },
    /// Two files of one name differ.
    #[error("there are two different files named {0}")]
    Conflict(String),
    /// The descriptors contradict each other or lack an import.
    #[error("{0}")]
    Descriptors(String),
    /// No such service; says which are near, or which there are.
    #[error("there is no service {service}{hint}")]
    NoService {
        /// The service that was asked for.
        service: String,
        /// "; …" and what to ask for instead; may be empty.
        hint: String,
    },
    /// The service has no such method; says which are near, or which there are.
    #[error("service {service} has no method {method}{hint}")]
    NoMethod {
        /// Full name of the service.
        service: String,
        /// The method that was asked for.
        method: String,
        /// "; …" and what to ask for instead; may be empty.
        hint: String,
    },
    /// There is no message type of this name.
    #[error("there is no message type {0}")]
    NoMessage(String),
}

/// A set of message types and services. Cheap to clone.
#[derive(Clone, Debug, Default)]
pub struct Schema {
    pool: DescriptorPool,
}

impl Schema {
    /// Reads a `google.protobuf.FileDescriptorSet`, as `protoc`, `buf build` and reflection make them.
    ///
    /// Files of edition 2023 and 2024 are understood. Google's well-known types may be missing from the set.
    ///
    /// # Errors
    /// Says which file or message is at fault; see [`SchemaError`].
    pub fn from_descriptor_set(bytes: &[u8]) -> Result<Self, SchemaError> {
        Self::from_sets(&[bytes])
    }

    /// Merges several sets. A file that is in two of them must be the same in both, apart from comments; of Google's
    /// well-known types, which every compiler brings in its own version, the first is taken.
    ///
    /// # Errors
    /// As [`Schema::from_descriptor_set`], and [`SchemaError::Conflict`].
    pub fn from_descriptor_sets(sets: &[Vec<u8>]) -> Result<Self, SchemaError> {
        let sets: Vec<&[u8]> = sets.iter().map(Vec::as_slice).collect();
        Self::from_sets(&sets)
    }

    fn from_sets(sets: &[&[u8]]) -> Result<Self, SchemaError> {
        guard::quietly(|| build(sets)).unwrap_or_else(|_| {
            Err(SchemaError::Descriptors(
                "the descriptors contradict each other in a way nobody foresaw".to_owned(),
            ))
        })
    }

    /// The method at `path`, "package.Service/Method", with or without a leading slash.
    ///
    /// # Errors
    /// [`SchemaError::NoService`] or [`SchemaError::NoMethod`], with what may have been meant.
    pub fn method(&self, path: &str) -> Result<Method, SchemaError> {
        let path = path.trim_start_matches('/');
        let (service_name, method_name) = path.rsplit_once('/').unwrap_or((path, ""));
        let Some(service) = self.pool.get_service_by_name(service_name) else {
            return Err(SchemaError::NoService {
                service: service_name.to_owned(),
                hint: self.service_hint(service_name),
            });
        };
        let found = service
            .methods()
            .find(|method| method.name() == method_name);
        found.map(Method::new).ok_or_else(|| {
            let methods: Vec<_> = service.methods().collect();
            let names: Vec<&str> = methods.iter().map(|method| method.name()).collect();
            let near = nearest::nearest(method_name, names.iter().copied());
            SchemaError::NoMethod {
                service: service_name.to_owned(),
                method: method_name.to_owned(),
                hint: hint(&near, "it has", &names),
            }
        })
    }

    /// Every method of every service, by name.
    #[must_use]
    pub fn methods(&self) -> Vec<Method> {
        let mut methods: Vec<Method> = self
            .pool
            .services()
            .flat_map(|service| service.methods().map(Method::new).collect::<Vec<_>>())
            .collect();
        methods.sort_by(|one, other| one.full_name.cmp(&other.full_name));
        methods
    }

    /// Full names of the services, sorted.
    #[must_use]
    pub fn services(&self) -> Vec<String> {
        let names: BTreeSet<String> = self
            .pool
            .services()
            .map(|service| service.full_name().to_owned())
            .collect();
        names.into_iter().collect()
    }

    /// Decodes the message type of this full name, such as `google.rpc.Status`.
    ///
    /// # Errors
    /// [`DecodeError`] where there is no such type, or the bytes are no message of it.
    pub fn decode(&self, type_name: &str, bytes: &[u8]) -> Result<Decoded, DecodeError> {
        match self.pool.get_message_by_name(type_name) {
            Some(descriptor) => Decoded::new(&descriptor, bytes),
            None => Err(DecodeError::unknown_type(type_name)),
        }
    }

    /// The pool, for what describes types to people.
    #[must_use]
    pub const fn pool(&self) -> &DescriptorPool {
        &self.pool
    }

    /// A service of the same last name in another package is the likeliest slip, then a misspelling.
    fn service_hint(&self, wanted: &str) -> String {
        let names = self.services();
        let last = |name: &str| name.rsplit('.').next().unwrap_or_default().to_lowercase();
        let mut near: Vec<&str> = names
            .iter()
            .filter(|name| last(name) == last(wanted))
            .map(String::as_str)
            .collect();
        near.truncate(3);
        if near.is_empty() {
            near = nearest::nearest(wanted, names.iter().map(String::as_str));
        }
        let all: Vec<&str> = names.iter().map(String::as_str).collect();
        hint(&near, "there are", &all)
    }
}

/// "; did you mean A or B", or else all the names when they are few.
fn hint(near: &[&str], lead: &str, all: &[&str]) -> String {
    /// More names than this are a listing, not a hint.
    const FEW: usize = 8;
    if !near.is_empty() {
        format!("; did you mean {}?", near.join(" or "))
    } else if all.is_empty() {
        format!("; {lead} none")
    } else if all.len() <= FEW {
        format!("; {lead} {}", all.join(", "))
    } else {
        format!(
            "; {lead} {} and {} more",
            all[..FEW].join(", "),
            all.len() - FEW
        )
    }
}

/// The one way to a pool: decode, lower, merge, check, and only then build.
fn build(sets: &[&[u8]]) -> Result<Schema, SchemaError> {
    let global = DescriptorPool::global();
    let Some(set_type) = global.get_message_by_name("google.protobuf.FileDescriptorSet") else {
        return Err(SchemaError::Descriptors(
            "descriptor.proto is missing from this program".to_owned(),
        ));
    };
    let mut files: BTreeMap<String, DynamicMessage> = BTreeMap::new();
    for bytes in sets {
        let mut set = DynamicMessage::decode(set_type.clone(), *bytes)
            .map_err(|error| SchemaError::NotADescriptorSet(error.to_string()))?;
        let Some(Value::List(items)) = set.take_field_by_name("file") else {
            continue;
        };
        for item in items {
            let Value::Message(mut file) = item else {
                continue;
            };
            editions::lower(&mut file)?;
            let name = editions::string(&file, "name");
            match files.get(&name) {
                Some(known) if !is_well_known(&name) && !same(known, &file) => {
                    return Err(SchemaError::Conflict(name));
                }
                Some(_) => {}
                None => {
                    files.insert(name, file);
                }
            }
        }
    }
    add_well_known(&global, &set_type, &mut files);
    flatten_imports(&mut files);
    let mut set = DynamicMessage::new(set_type);
    set.set_field_by_name(
        "file",
        Value::List(files.into_values().map(Value::Message).collect()),
    );
    let bytes = set.encode_to_vec();
    let typed = FileDescriptorSet::decode(bytes.as_slice())
        .map_err(|error| SchemaError::NotADescriptorSet(error.to_string()))?;
    typed.file.iter().try_for_each(check::map_entries)?;
    let pool = DescriptorPool::decode(bytes.as_slice()).map_err(|error| {
        // The message says what is wrong, the file where; its debug form has both.
        SchemaError::Descriptors(format!("{error:?}"))
    })?;
    Ok(Schema { pool })
}

fn is_well_known(file: &str) -> bool {
    file.starts_with("google/protobuf/")
}

/// Whether two files say the same, comments aside.
fn same(one: &DynamicMessage, other: &DynamicMessage) -> bool {
    let strip = |file: &DynamicMessage| {
        let mut file = file.clone();
        file.clear_field_by_name("source_code_info");
        file
    };
    strip(one) == strip(other)
}

/// Adds the well-known files that are imported and missing: many tools leave them out of their sets.
fn add_well_known(
    global: &DescriptorPool,
    set_type: &prost_reflect::MessageDescriptor,
    files: &mut BTreeMap<String, DynamicMessage>,
) {
    let mut wanted: Vec<String> = files.values().flat_map(imports).collect();
    while let Some(name) = wanted.pop() {
        if files.contains_key(&name) || !is_well_known(&name) {
            continue;
        }
        let file_type = set_type.get_field_by_name("file").map(|field| field.kind());
        if let Some(known) = global.get_file_by_name(&name)
            && let Some(file_type) = file_type.as_ref().and_then(|kind| kind.as_message())
            && let Ok(file) =
                DynamicMessage::decode(file_type.clone(), known.encode_to_vec().as_slice())
        {
            wanted.extend(imports(&file));
            files.insert(name, file);
        }
    }
}

/// Replaces public imports by plain ones of everything they make visible.
///
/// The pool follows public imports by a recursion that does not end on a cycle, doubles on every diamond and misses
/// chains; with this it has none to follow.
fn flatten_imports(files: &mut BTreeMap<String, DynamicMessage>) {
    let public: BTreeMap<String, Vec<String>> = files
        .iter()
        .map(|(name, file)| {
            let all = imports(file);
            let list = file.get_field_by_name("public_dependency");
            let list = list
                .as_ref()
                .and_then(|value| value.as_list())
                .unwrap_or_default();
            let indexes = list
                .iter()
                .filter_map(|index| usize::try_from(index.as_i32()?).ok());
            (
                name.clone(),
                indexes
                    .filter_map(|index| all.get(index).cloned())
                    .collect(),
            )
        })
        .collect();
    for file in files.values_mut() {
        let mut seen = BTreeSet::new();
        let mut visible = Vec::new();
        let mut waiting = imports(file);
        waiting.reverse();
        while let Some(name) = waiting.pop() {
            if seen.insert(name.clone()) {
                waiting.extend(public.get(&name).into_iter().flatten().cloned());
                visible.push(Value::String(name));
            }
        }
        file.set_field_by_name("dependency", Value::List(visible));
        file.clear_field_by_name("public_dependency");
        file.clear_field_by_name("weak_dependency");
    }
}

fn imports(file: &DynamicMessage) -> Vec<String> {
    let list = file.get_field_by_name("dependency");
    let list = list
        .as_ref()
        .and_then(|value| value.as_list())
        .unwrap_or_default();
    list.iter()
        .filter_map(|name| name.as_str().map(str::to_owned))
        .collect()
}

#[cfg(test)]
mod tests;
