//! What is expected of a target, as options.

use clap::Args;

use crate::check::expect::{self, Expectations, Front};
use crate::check::{Budget, FieldTest, HeaderTest, Reply, SettingTest};
use crate::diagnosis::Step;
use crate::rpc::Code;

/// What is expected, beyond that every step passes.
#[derive(Clone, Debug, Args)]
#[command(next_help_heading = "Expectations")]
pub(super) struct Expecting {
    /// The step that has to be reached; those after it may fail
    #[arg(long = "expect-step", value_name = "STEP", value_parser = expect::step)]
    step: Option<Step>,
    /// A gRPC status that is right, by name or number, instead of OK; may be given again
    #[arg(long = "expect-status", value_name = "STATUS", value_parser = expect::status, value_delimiter = ',')]
    statuses: Vec<Code>,
    /// JSON that the reply contains; it may have more members
    #[arg(long = "expect-reply", value_name = "JSON")]
    reply: Option<Reply>,
    /// Test of a field of the reply, as 'items[0].price >= 3' (==, !=, <, <=, >, >=, contains); may be given again
    #[arg(long = "expect-field", value_name = "TEST")]
    fields: Vec<FieldTest>,
    /// Header or trailer: NAME is there, or has this value, or by 'NAME: @unset' is not there; may be given again
    #[arg(
        id = "expect-header",
        long = "expect-header",
        value_name = "NAME[: VALUE]"
    )]
    headers: Vec<HeaderTest>,
    /// For how many days the certificates are valid at least
    #[arg(long = "expect-cert-days", value_name = "DAYS")]
    certificate_days: Option<u32>,
    /// How long a phase may take: resolve, connect, tls, first-byte or total; may be given again
    #[arg(long = "expect-within", value_name = "PHASE=DURATION")]
    budgets: Vec<Budget>,
    /// Value of the peer's SETTINGS, as MAX_CONCURRENT_STREAMS>=100; may be given again
    #[arg(long = "expect-setting", value_name = "NAME>=NUMBER")]
    settings: Vec<SettingTest>,
    /// Who stands in front, by the name that reports give it; none for nobody that is known
    #[arg(long = "expect-gateway", value_name = "NAME")]
    gateway: Option<Front>,
    /// Fail for warnings too
    #[arg(long, conflicts_with = "lenient")]
    strict: bool,
    /// Do not fail for warnings, even where clients are known to refuse what they are about
    #[arg(long)]
    lenient: bool,
}

impl Expecting {
    pub(super) fn expectations(&self) -> Expectations {
        Expectations {
            step: self.step,
            statuses: self.statuses.clone(),
            reply: self.reply.clone(),
            fields: self.fields.clone(),
            headers: self.headers.clone(),
            certificate_days: self.certificate_days,
            budgets: self.budgets.clone(),
            settings: self.settings.clone(),
            gateway: self.gateway,
            strict: self.strict,
            lenient: self.lenient,
            baseline_ignored: Vec::new(),
        }
    }
}
