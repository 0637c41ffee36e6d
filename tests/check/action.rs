//! The action, and what the README says of it.

use std::collections::BTreeSet;
use std::path::Path;

use super::read;

/// The names one level within a block of the action's YAML, whose levels are two blanks each.
fn names(yaml: &str, block: &str) -> BTreeSet<String> {
    let start = format!("{block}:\n");
    let inside = yaml.split_once(&start).unwrap().1;
    inside
        .lines()
        .take_while(|line| line.is_empty() || line.starts_with(' '))
        .filter(|line| line.starts_with("  ") && !line[2..].starts_with(' '))
        .filter_map(|line| Some(line.trim().split_once(':')?.0.to_owned()))
        .collect()
}

#[test]
fn the_inputs_are_used_and_documented() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let (action, readme) = (read(root.join("action.yml")), read(root.join("README.md")));
    let inputs = names(&action, "inputs");
    let known = ["annotations", "arguments", "junit", "summary", "version"];
    assert_eq!(inputs, known.map(str::to_owned).into());
    let (_, section) = readme.split_once("On GitHub, with annotations").unwrap();
    let (section, _) = section.split_once("On GitLab").unwrap();
    for input in &inputs {
        assert!(
            action.contains(&format!("${{{{ inputs.{input} }}}}")),
            "{input} is not used"
        );
        let told = [format!("    {input}: "), format!("`{input}`")];
        assert!(
            told.iter().any(|it| section.contains(it)),
            "{input} is not documented"
        );
    }
    // What the example gives are inputs.
    let example = section.split_once("  with:\n").unwrap().1;
    for line in example.lines().take_while(|line| line.starts_with("    ")) {
        let name = line.trim().split_once(':').unwrap().0;
        assert!(inputs.contains(name), "{name}");
    }
    for asset in [
        "grpc-probe-TARGET.tar.gz",
        "grpc-probe-TARGET.tar.gz.sha256",
    ] {
        assert!(action.contains(asset) && section.contains(asset), "{asset}");
    }
    // Without a verified release the sources are built.
    assert!(action.contains("if: steps.release.outputs.installed != 'true'"));
}
