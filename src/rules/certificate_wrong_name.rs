//! The certificate is for another name.

use crate::diagnosis::{Case, Citation, Findings, Party, Rule, Severity, Spec, Step};
use crate::http::tls::CertificateFault;

/// How many of a certificate's names a message lists.
const NAMES_SHOWN: usize = 8;

pub(super) static RULE: Rule = Rule {
    name: "certificate-wrong-name",
    step: Step::Tls,
    severity: Severity::Error,
    summary: "the certificate is not for this name",
    citation: Citation {
        spec: Spec::HttpSemantics,
        section: "4.3.4. https Certificate Verification",
        quote: "To establish a secured connection to dereference a URI, a client MUST verify that the service's identity is an acceptable match for the URI's origin server.",
    },
    explain: "\
The certificate lists the names that it is for (subjectAltName), and the one asked for is not among them. A
wildcard stands for one label only: *.example.com is for api.example.com and neither for example.com nor for
a.b.example.com. A common name in the subject no longer counts. Often the server has the right certificate
and answered with its default one, because the name in SNI is not one that it knows.

Use a name of the list, have the certificate issued for this one, or set the name to verify apart from the
address (here: --server-name; in clients: the authority or target-name override).
",
    check,
};

fn check(case: &Case<'_>, findings: &mut Findings) {
    for fault in super::shared::certificate_faults(case) {
        let CertificateFault::WrongName { wanted, names } = fault else {
            continue;
        };
        let list = match names.as_slice() {
            [] => "no name at all".to_owned(),
            names if names.len() > NAMES_SHOWN => format!(
                "{} and {} more",
                names[..NAMES_SHOWN].join(", "),
                names.len() - NAMES_SHOWN
            ),
            names => names.join(", "),
        };
        let finding = findings.add(
            Party::Server,
            format!("the certificate is for {list}, not for {wanted}"),
        );
        finding
            .expected(format!("{wanted} among the certificate's names"))
            .cause(
                "the URL's host is not the name that the server is known by",
                "use a name of the certificate, or verify against it with `--server-name NAME`",
            )
            .cause(
                "the server answered with its default certificate",
                "configure one for this name; nginx: `server_name` and `ssl_certificate` of its server block",
            );
    }
}
