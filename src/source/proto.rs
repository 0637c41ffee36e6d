//! Schema files: `.proto` sources, compiled without `protoc`, and files of descriptors.

#![expect(clippy::disallowed_methods, reason = "reads schema files")]

use std::io;
use std::path::{Path, PathBuf};

use protox::Compiler;
use protox::file::{
    ChainFileResolver, File, FileResolver, GoogleFileResolver, IncludeFileResolver,
};

use super::file::{FILE_MAX, read_bounded};
use crate::schema::guard;

/// Why a schema file gives no descriptors: one sentence, with file, line and column where they are known.
#[derive(Debug, thiserror::Error)]
pub enum ProtoError {
    /// A file cannot be read.
    #[error("cannot read {}: {error}", path.display())]
    Read {
        /// The path as given.
        path: PathBuf,
        /// What the system says.
        error: io::Error,
    },
    /// A source does not compile, or an import is missing.
    #[error("{0}")]
    Compile(String),
    /// A source says `edition = "…"`.
    #[error(
        "{0} uses editions, which the built-in compiler does not support; make a descriptor set with \
         `buf build -o x.binpb` or `protoc --descriptor_set_out=x.binpb --include_imports` and pass it with --protoset"
    )]
    Edition(String),
}

/// Compiles `.proto` files and all they import to the bytes of a `google.protobuf.FileDescriptorSet`.
///
/// Imports are looked for in `import_paths`. A file outside of all of them brings in the directory it is in, or, where
/// that leaves an import unfound and there are no import paths, the current directory. A file that does not exist as
/// given is looked for in the import paths. Google's well-known types are built in.
///
/// # Errors
/// [`ProtoError`] for the first file that cannot be read or compiled.
pub fn compile(files: &[PathBuf], import_paths: &[PathBuf]) -> Result<Vec<u8>, ProtoError> {
    let mut includes = import_paths.to_vec();
    for file in files {
        let covered = import_paths.iter().any(|include| {
            IncludeFileResolver::new(include.clone())
                .resolve_path(file)
                .is_some()
        });
        match std::fs::metadata(file) {
            // A device or a pipe may have no end.
            Ok(metadata) if !metadata.is_file() || metadata.len() > FILE_MAX => {
                return Err(ProtoError::Read {
                    path: file.clone(),
                    error: io::Error::new(
                        io::ErrorKind::InvalidInput,
                        "it is no file, or too large",
                    ),
                });
            }
            Ok(_) if covered => {}
            Ok(_) => {
                let own = directory_of(file);
                if !includes.contains(&own) {
                    includes.push(own);
                }
            }
            Err(_)
                if file.is_relative()
                    && import_paths
                        .iter()
                        .any(|include| include.join(file).is_file()) => {}
            Err(error) => {
                return Err(ProtoError::Read {
                    path: file.clone(),
                    error,
                });
            }
        }
    }
    let first = match compile_with(files, &includes) {
        Err((error, true)) => error,
        Err((error, false)) => return Err(error),
        Ok(bytes) => return Ok(bytes),
    };
    // Sources that name their imports from the root of a project are compiled from there.
    let from_here = import_paths.is_empty() && files.iter().all(|file| file.is_relative());
    if from_here && let Ok(bytes) = compile_with(files, &[PathBuf::from(".")]) {
        return Ok(bytes);
    }
    Err(first)
}

/// Compiles one source that is in memory, and imports nothing but Google's well-known types. Touches no disk.
///
/// # Errors
/// [`ProtoError`] where it does not compile.
pub fn compile_source(name: &str, text: &str) -> Result<Vec<u8>, ProtoError> {
    let mut resolver = ChainFileResolver::new();
    resolver.add(InMemory {
        name: name.to_owned(),
        text: text.to_owned(),
    });
    resolver.add(GoogleFileResolver::new());
    run(resolver, &[PathBuf::from(name)]).map_err(|(error, _)| error)
}

/// Reads a file of descriptors, a `google.protobuf.FileDescriptorSet`; its content is not looked at.
///
/// # Errors
/// [`ProtoError::Read`].
pub fn read_protoset(path: &Path) -> Result<Vec<u8>, ProtoError> {
    let bytes = std::fs::File::open(path).and_then(read_bounded);
    bytes.map_err(|error| ProtoError::Read {
        path: path.to_owned(),
        error,
    })
}

/// The directory of a file; that of a bare name is the current one.
fn directory_of(file: &Path) -> PathBuf {
    match file.parent() {
        Some(parent) if !parent.as_os_str().is_empty() => parent.to_owned(),
        _ => PathBuf::from("."),
    }
}

/// An error, and whether it is that a file was not found.
type Failure = (ProtoError, bool);

fn compile_with(files: &[PathBuf], includes: &[PathBuf]) -> Result<Vec<u8>, Failure> {
    let mut resolver = ChainFileResolver::new();
    for include in includes {
        resolver.add(IncludeFileResolver::new(include.clone()));
    }
    resolver.add(GoogleFileResolver::new());
    run(resolver, files)
}

fn run(resolver: impl FileResolver + 'static, files: &[PathBuf]) -> Result<Vec<u8>, Failure> {
    guard::quietly(|| {
        let mut compiler = Compiler::with_file_resolver(resolver);
        compiler.include_imports(true).include_source_info(true);
        compiler.open_files(files).map_err(|error| worded(&error))?;
        Ok(compiler.encode_file_descriptor_set())
    })
    .unwrap_or_else(|_| {
        Err((
            ProtoError::Compile("the compiler gave up on this source".to_owned()),
            false,
        ))
    })
}

fn worded(error: &protox::Error) -> Failure {
    let text = error.to_string();
    // The one place where the word may open a statement is where `syntax` may.
    if error.is_parse() && text.ends_with("but found 'edition'") {
        return (
            ProtoError::Edition(error.file().unwrap_or("the file").to_owned()),
            false,
        );
    }
    // The debug form is the one with file, line and column.
    let placed = format!("{error:?}");
    let placed = match error.file() {
        Some(file) if !placed.contains(file) => format!("{file}: {placed}"),
        _ => placed,
    };
    (ProtoError::Compile(placed), error.is_file_not_found())
}

/// One source that is not on the disk.
struct InMemory {
    name: String,
    text: String,
}

impl FileResolver for InMemory {
    fn open_file(&self, name: &str) -> Result<File, protox::Error> {
        if name == self.name {
            File::from_source(name, &self.text)
        } else {
            Err(protox::Error::file_not_found(name))
        }
    }
}

#[cfg(test)]
mod tests;
