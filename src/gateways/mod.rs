//! Who stands in front of a service: gateways and proxies, told by what they write, with what each is known to do to
//! gRPC and how that is mended.
//!
//! One file per gateway, and the list of them. Nothing here judges: a gateway never makes a finding, it puts causes
//! before those that the rule of a finding knows by itself.
//!
//! Every sign has a strength. A name that only one product writes is strong; a value that an operator can set, or that
//! others write too, is weak; what is only remembered and not confirmed, or shared with others as SETTINGS are, is a
//! hint, and hints alone identify nobody.

mod answer;
mod failure;
mod sign;

mod alb;
mod apache;
mod api_gateway_http;
mod api_gateway_rest;
mod azure_app_service;
mod caddy;
mod cloudflare;
mod cloudfront;
mod envoy;
mod google_front_end;
mod h2o;
mod haproxy;
mod ingress_nginx;
mod istio;
mod kong;
mod lambda_url;
mod nghttpx;
mod nginx;
mod traefik;

use answer::Answer;
use failure::Failure;
pub use sign::{Clue, Strength};
use sign::{Fingerprint, Sign};

use crate::diagnosis::{Case, Finding};
use crate::http::{Call, Connection};

/// A gateway or proxy, with how it is told and what it is known to do.
#[derive(Debug)]
pub struct Gateway {
    /// Its name in every output.
    pub name: &'static str,
    /// Whether it is an edge, before all others where several are seen.
    pub edge: bool,
    /// The product that it is built on, whose signs are also its own.
    built_on: Option<&'static Self>,
    /// Whether its users cannot configure what it is built on, so that advice on that is none for them.
    managed: bool,
    /// What tells it.
    signs: &'static [Sign],
    /// How it opens a connection where nobody changed its defaults.
    fingerprints: &'static [Fingerprint],
    /// What it is known to do to gRPC.
    failures: &'static [Failure],
}

/// Every gateway, by name.
pub static GATEWAYS: &[&Gateway] = &[
    &alb::GATEWAY,
    &apache::GATEWAY,
    &api_gateway_http::GATEWAY,
    &api_gateway_rest::GATEWAY,
    &azure_app_service::GATEWAY,
    &caddy::GATEWAY,
    &cloudflare::GATEWAY,
    &cloudfront::GATEWAY,
    &envoy::GATEWAY,
    &google_front_end::GATEWAY,
    &h2o::GATEWAY,
    &haproxy::GATEWAY,
    &ingress_nginx::GATEWAY,
    &istio::GATEWAY,
    &kong::GATEWAY,
    &lambda_url::GATEWAY,
    &nghttpx::GATEWAY,
    &nginx::GATEWAY,
    &traefik::GATEWAY,
];

/// A gateway that answered, or that the answer passed, with what shows it.
#[derive(Clone, Debug)]
pub struct Identified {
    /// Which.
    pub gateway: &'static Gateway,
    /// What shows it, the strongest first.
    pub clues: Vec<Clue>,
    /// How sure that is. Whoever answers can write anything, so it is never certain.
    pub confidence: Confidence,
}

/// How sure an identity is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Confidence {
    /// One weak sign.
    Low,
    /// One strong sign, or a weak one that others bear out.
    Medium,
    /// A strong sign that others bear out.
    High,
}

impl Confidence {
    /// The confidence in every output.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Low => "low",
            Self::Medium => "medium",
            Self::High => "high",
        }
    }
}

/// Who answered a call, the surest first; several where the answer passed several that sign it.
#[must_use]
pub fn identify(connection: &Connection, call: &Call) -> Vec<Identified> {
    among(&Answer::new(connection, call))
}

/// Puts the causes that the gateways in front are known for before those of the rules, and says who they are. Findings
/// are advised on once: a second time would add the same causes again.
pub fn advise(case: &Case<'_>, findings: &mut [Finding]) -> Vec<Identified> {
    let answer = Answer::new(case.connection, case.call);
    let identified = among(&answer);
    for finding in findings {
        let mut causes = Vec::new();
        for gateway in identified.iter().flat_map(|found| found.gateway.advisers()) {
            let known = gateway.failures.iter();
            let fitting = known.filter(|failure| failure.fits(finding.rule.name, case, &answer));
            causes.extend(fitting.flat_map(|failure| failure.causes(&answer)));
        }
        causes.append(&mut finding.causes);
        finding.causes = causes;
    }
    identified
}

impl Gateway {
    /// The rules whose findings it knows causes of; some stand several times.
    pub fn rules(&self) -> impl Iterator<Item = &'static str> {
        self.failures
            .iter()
            .flat_map(|failure| failure.rules.iter().copied())
    }

    /// This one, and what it is built on.
    fn lineage(&'static self) -> impl Iterator<Item = &'static Self> {
        std::iter::successors(Some(self), |gateway| gateway.built_on)
    }

    /// Those whose advice its users can follow.
    fn advisers(&'static self) -> impl Iterator<Item = &'static Self> {
        self.lineage()
            .take(if self.managed { 1 } else { usize::MAX })
    }

    /// What shows that this gateway answered, the strongest first; nothing where there are only hints.
    fn identified(&'static self, answer: &Answer<'_>) -> Option<Identified> {
        let mut clues: Vec<Clue> = self
            .signs
            .iter()
            .filter_map(|sign| sign.clue(answer))
            .collect();
        if clues.iter().all(|clue| clue.strength == Strength::Hint) {
            return None;
        }
        // What shows the product beneath bears this one out, and cannot decide for it.
        let beneath = self.lineage().skip(1).flat_map(|gateway| gateway.signs);
        clues.extend(beneath.filter_map(|sign| sign.clue(answer)));
        let fingerprints = self.lineage().flat_map(|gateway| gateway.fingerprints);
        clues.extend(
            fingerprints
                .filter_map(|fingerprint| fingerprint.clue(answer))
                .take(1),
        );
        clues.sort_by_key(|clue| std::cmp::Reverse(clue.strength));
        Some(Identified {
            gateway: self,
            confidence: confidence(&clues),
            clues,
        })
    }
}

/// What clues are worth: a strong one outweighs two weak ones, and nothing but a strong one makes for high confidence.
fn weight(clues: &[Clue]) -> usize {
    let weights = clues.iter().map(|clue| match clue.strength {
        Strength::Strong => 5,
        Strength::Weak => 2,
        Strength::Hint => 1,
    });
    weights.sum()
}

fn confidence(clues: &[Clue]) -> Confidence {
    let strong = clues.iter().any(|clue| clue.strength == Strength::Strong);
    match clues {
        [_] if !strong => Confidence::Low,
        [_] => Confidence::Medium,
        _ if strong => Confidence::High,
        _ => Confidence::Medium,
    }
}

fn among(answer: &Answer<'_>) -> Vec<Identified> {
    let mut found: Vec<Identified> = GATEWAYS
        .iter()
        .filter_map(|gateway| gateway.identified(answer))
        .collect();
    // A product is not named beside one that is built on it: they are one process.
    let beneath: Vec<&str> = found
        .iter()
        .flat_map(|found| found.gateway.lineage().skip(1))
        .map(|gateway| gateway.name)
        .collect();
    found.retain(|found| !beneath.contains(&found.gateway.name));
    found.sort_by_key(|found| std::cmp::Reverse((found.confidence, weight(&found.clues))));
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_gateway_can_be_told() {
        for gateway in GATEWAYS {
            let told = gateway.signs.iter().any(Sign::decides);
            assert!(told, "{} has nothing but hints", gateway.name);
        }
    }
}
