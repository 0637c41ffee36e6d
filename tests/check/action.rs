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

/// The shell script of a step.
fn script(step: &str) -> String {
    let action = read(Path::new(env!("CARGO_MANIFEST_DIR")).join("action.yml"));
    let (_, step) = action.split_once(&format!("- name: {step}\n")).unwrap();
    let (_, script) = step.split_once("      run: |\n").unwrap();
    let lines = script
        .lines()
        .take_while(|line| line.is_empty() || line.starts_with("        "));
    lines
        .map(|line| format!("{}\n", line.trim_start()))
        .collect()
}

/// Runs a step with a command of that name that runs this script. Returns its exit code and what it says.
#[cfg(unix)]
fn run(
    step: &str,
    (name, script): (&str, &str),
    variables: &[(&str, &str)],
    folder: &Path,
) -> (Option<i32>, String) {
    use std::os::unix::fs::PermissionsExt as _;
    let command = folder.join("stubs").join(name);
    std::fs::create_dir_all(folder.join("stubs")).unwrap();
    std::fs::write(&command, format!("#!/bin/sh\n{script}\n")).unwrap();
    std::fs::set_permissions(&command, std::fs::Permissions::from_mode(0o755)).unwrap();
    let path = std::env::var("PATH").unwrap();
    let output = std::process::Command::new("bash")
        .args(["-c", &self::script(step)])
        .current_dir(folder)
        .env("PATH", format!("{}:{path}", folder.join("stubs").display()))
        .envs(variables.iter().copied())
        .output()
        .unwrap();
    let said =
        String::from_utf8(output.stdout).unwrap() + &String::from_utf8(output.stderr).unwrap();
    (output.status.code(), said)
}

#[cfg(unix)]
#[test]
fn inputs_become_arguments_and_nothing_else() {
    let folder = tempfile::tempdir().unwrap();
    let print = ("grpc-probe", "printf '<%s>' \"$@\"; exit 1");
    let arguments = "--config a.toml\n  --only 'x*' $(touch owned) `touch owned` ; touch owned *";
    let variables = [
        ("ARGUMENTS", arguments),
        ("ANNOTATIONS", "true"),
        ("SUMMARY", "false"),
        ("JUNIT", "a b.xml"),
    ];
    let (code, said) = run("Check", print, &variables, folder.path());
    let expected = "<check><--config><a.toml><--only><'x*'><$(touch><owned)><`touch><owned`><;><touch><owned><*>\
                    <--report><github><--report><junit=a b.xml>";
    assert_eq!((code, said.as_str()), (Some(1), expected));
    assert!(!folder.path().join("owned").exists());
    let variables = [
        ("ARGUMENTS", "u"),
        ("ANNOTATIONS", ""),
        ("SUMMARY", "true"),
        ("JUNIT", ""),
    ];
    let (_, said) = run("Check", print, &variables, folder.path());
    assert_eq!(said, "<check><u><--report><markdown>");
}

#[cfg(unix)]
#[test]
fn a_release_is_installed_only_if_it_is_what_it_should_be() {
    // What the release has: its asset, and the checksum of that.
    const ASSET: &str = "echo 'echo it runs' > grpc-probe; tar -czf $asset grpc-probe; { sha256sum $asset || shasum -a 256 $asset; } > $asset.sha256";
    for (release, installed) in [
        (ASSET.to_owned(), true),
        (format!("{ASSET}; echo more >> $asset"), false),
        (format!("{ASSET}; rm $asset.sha256"), false),
        (format!("{ASSET}; exit 1"), false),
        ("echo 'release not found' >&2; exit 1".to_owned(), false),
    ] {
        let folder = tempfile::tempdir().unwrap();
        let at = |name: &str| folder.path().join(name).display().to_string();
        let (output, added) = (at("output"), at("added"));
        let runner = folder.path().display().to_string();
        let variables = [
            ("VERSION", "v1.2.3"),
            ("REPOSITORY", "o/grpc-probe"),
            ("RUNNER_OS", "Linux"),
            ("RUNNER_ARCH", "X64"),
            ("RUNNER_TEMP", &runner),
            ("GITHUB_OUTPUT", &output),
            ("GITHUB_PATH", &added),
        ];
        let script = format!(
            "[ \"$1 $2 $4 ${{10}} ${{11}}\" = 'release download o/grpc-probe -- v1.2.3' ] || exit 9\n\
             asset=$6\n{release}"
        );
        let (code, said) = run(
            "Install a release",
            ("gh", &script),
            &variables,
            folder.path(),
        );
        assert_eq!(code == Some(0), installed, "{release}: {said}");
        let told = std::fs::read_to_string(&output).unwrap_or_default();
        assert_eq!(told == "installed=true\n", installed, "{release}");
        if installed {
            let binary = Path::new(read(&added).trim()).join("grpc-probe");
            assert_eq!(read(binary), "echo it runs\n");
        }
    }
}
