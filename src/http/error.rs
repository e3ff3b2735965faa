//! Everything that can go wrong with one call to a panel, in one type.
//!
//! Owns the kinds, what is known about the fate of the request, the stable codes and the sentences. Does not own the shapes
//! in which a panel words its refusals: the panel's module decodes them and hands them over with [`Error::with_words`].

use super::words::harmless;
use std::fmt;
use std::time::Duration;

/// So many of a panel's messages are kept of one refusal.
const MAX_WORDS: usize = 20;

/// What is known about the fate of a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Sent {
    /// It surely never reached the panel as a whole: nothing was changed.
    No,
    /// It may have been carried out. Look before doing it again.
    Maybe,
    /// The panel answered it.
    Yes,
}

/// Why a certificate was refused.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum TlsReason {
    /// It was issued for other names than the one we asked for.
    WrongName,
    /// Its subjectAltName names no host; a common name (CN) alone is not read, as browsers do not read it either.
    NoNames,
    /// Its time is over.
    Expired,
    /// Its time has not begun: one of the two clocks is wrong.
    NotYetValid,
    /// Nobody we trust has signed it; self-signed certificates land here.
    UnknownIssuer,
    /// The CA file of the server's settings cannot be read or holds no certificate.
    CaFile,
    /// The two sides found no common language, or the other side speaks no TLS.
    Handshake,
}

/// What went wrong.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Kind {
    /// The panel's address refused the connection.
    Refused,
    /// No route leads to the panel's address.
    Unreachable,
    /// The name is unknown, or the name servers refuse or fail to say.
    Dns,
    /// No name server answered in time.
    DnsTimeout,
    /// No trusted connection could be made.
    Tls(TlsReason),
    /// The connection was not made in time.
    ConnectTimeout,
    /// The panel took the request and did not answer in time.
    ReadTimeout,
    /// The time for the whole step was used up.
    Deadline,
    /// The connection was cut before an answer came.
    Reset,
    /// The answer is larger than we accept.
    BodyTooBig {
        /// The limit in bytes.
        limit: u64,
    },
    /// The answer ended early.
    Truncated,
    /// The bytes are no HTTP answer, or break its rules.
    Protocol,
    /// A success whose content is not what the call promises: a login page, broken JSON, a wrong shape.
    Unexpected {
        /// What came instead, in our own words: never a piece of it.
        what: String,
    },
    /// A success by its status whose content says that the panel refused; its words are in the fields.
    Declined,
    /// The panel answers with a redirect, which is never followed, because credentials would travel along.
    Redirect {
        /// The status: 301, 302, 303, 307 or 308.
        status: u16,
        /// The host it points to, empty when it names none.
        to_host: String,
    },
    /// An answer that is no success.
    Status(u16),
    /// Not sent: this panel failed to connect too often in this run.
    Skipped,
    /// Not sent: a changing request was already sent in this step.
    SecondChange,
    /// Not sent: an action that is listed as one that only reads tried to change something.
    ReadOnly,
    /// Not sent: the settings of this server cannot be used.
    Config {
        /// Stable code of the problem.
        code: &'static str,
        /// One sentence with the cure.
        message: String,
    },
}

/// What a status code means to a caller.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum StatusClass {
    /// 200 to 299.
    Success,
    /// 300 to 399.
    Redirect,
    /// 401: the credentials are wrong.
    Unauthorized,
    /// 403: a permission is missing.
    Forbidden,
    /// 404 and 410: it is not there, or not visible to this user.
    NotFound,
    /// 400, 409, 422 and the other 4xx: refused for a reason that the panel gives.
    Refused,
    /// 429: too many requests.
    TooMany,
    /// 503: overload or maintenance.
    Unavailable,
    /// 502 and 504: a proxy before the panel gave up; the panel itself may still be working on it.
    Gateway,
    /// The other 5xx: the panel failed.
    Failed,
    /// Below 200 or above 599: no answer that the protocol allows here.
    OutOfRange,
}

/// The meaning of any status code, also of those that no server should send.
///
/// ```
/// use provisor::http::{StatusClass, classify};
/// assert_eq!(classify(499), StatusClass::Refused);
/// assert_eq!(classify(500), StatusClass::Failed);
/// ```
pub fn classify(status: u16) -> StatusClass {
    match status {
        200..=299 => StatusClass::Success,
        300..=399 => StatusClass::Redirect,
        401 => StatusClass::Unauthorized,
        403 => StatusClass::Forbidden,
        404 | 410 => StatusClass::NotFound,
        429 => StatusClass::TooMany,
        400..=499 => StatusClass::Refused,
        502 | 504 => StatusClass::Gateway,
        503 => StatusClass::Unavailable,
        500..=599 => StatusClass::Failed,
        0..=199 | 600.. => StatusClass::OutOfRange,
    }
}

/// The family of an error, as the C ABI numbers them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Family {
    /// The settings of the server are wrong (-2xx).
    Configuration,
    /// The panel answered and said no (-3xx).
    PanelRefused,
    /// The panel could not be asked (-4xx).
    Network,
    /// The panel answered something that cannot be used (-5xx).
    PanelData,
    /// A mistake of ours (-9xx).
    Internal,
}

/// One failed call to a panel.
///
/// Holds no credentials, no query value and no piece of a body except the panel's own decoded messages, from which the
/// secrets of the call were removed.
#[derive(Clone, PartialEq, Eq)]
pub struct Error {
    inner: Box<Inner>,
}

#[derive(Clone, PartialEq, Eq)]
struct Inner {
    kind: Kind,
    sent: Sent,
    host: String,
    call: String,
    change: bool,
    retry_after: Option<Duration>,
    fields: Vec<(String, String)>,
    advice: Option<String>,
    code: Option<&'static str>,
    body: Vec<u8>,
    location: String,
}

impl Error {
    /// A failure of the call named by `call` (`GET /version.json`) to `host`.
    pub fn new(kind: Kind, sent: Sent, host: &str, call: &str) -> Self {
        Self {
            inner: Box::new(Inner {
                kind,
                sent,
                host: host.to_owned(),
                call: call.to_owned(),
                change: !call.starts_with("GET "),
                retry_after: None,
                fields: Vec::new(),
                advice: None,
                code: None,
                body: Vec::new(),
                location: String::new(),
            }),
        }
    }

    /// Settings that cannot be used; nothing was sent.
    pub fn config(code: &'static str, host: &str, message: impl Into<String>) -> Self {
        Self::new(
            Kind::Config {
                code,
                message: message.into(),
            },
            Sent::No,
            host,
            "",
        )
    }

    pub(super) fn with_change(mut self, change: bool) -> Self {
        self.inner.change = change;
        self
    }

    /// The same error, where the answer does not say whether the panel acted.
    #[must_use]
    pub(crate) fn of_unknown_fate(mut self) -> Self {
        self.inner.sent = Sent::Maybe;
        self
    }

    pub(super) fn with_body(mut self, body: Vec<u8>) -> Self {
        self.inner.body = body;
        self
    }

    pub(super) fn with_location(mut self, location: String) -> Self {
        self.inner.location = location;
        self
    }

    /// Path and query that a redirect points to, as it came: some panels answer forms that way. It was not followed, and it
    /// is shown nowhere.
    pub(crate) fn location(&self) -> &str {
        &self.inner.location
    }

    pub(super) fn with_retry_after(mut self, after: Option<Duration>) -> Self {
        self.inner.retry_after = after;
        self
    }

    /// The raw body of a refusal, for the panel's module to decode; shown nowhere.
    pub(crate) fn body(&self) -> &[u8] {
        &self.inner.body
    }

    /// The same error with the panel's own words, as (field, message); `base` is the whole object.
    ///
    /// Repeated messages are dropped, each of `secrets` is replaced wherever a message quotes it, and a message that quotes
    /// one in another spelling (of a form, HTML, JSON, base64 or hexadecimal) is withheld.
    #[must_use]
    pub fn with_words(mut self, words: impl IntoIterator<Item = (String, String)>, secrets: &[&str]) -> Self {
        for (field, message) in words.into_iter().take(MAX_WORDS) {
            let word = (harmless(&field, secrets), harmless(&message, secrets));
            if !self.inner.fields.contains(&word) {
                self.inner.fields.push(word);
            }
        }
        self.inner.body = Vec::new();
        self
    }

    /// The same error with one more sentence: what to do next.
    #[must_use]
    pub fn with_advice(mut self, advice: impl Into<String>) -> Self {
        self.inner.advice = Some(advice.into());
        self
    }

    /// That sentence, if there is one; it ends the error's text.
    pub fn advice(&self) -> Option<&str> {
        self.inner.advice.as_deref()
    }

    /// The same error with a narrower code: the panel's module knows what its words mean.
    #[must_use]
    pub fn with_code(mut self, code: &'static str) -> Self {
        self.inner.code = Some(code);
        self
    }

    /// What went wrong.
    pub fn kind(&self) -> &Kind {
        &self.inner.kind
    }

    /// Whether the panel may have acted.
    pub fn sent(&self) -> Sent {
        self.inner.sent
    }

    /// The status of the answer, if one came.
    pub fn status(&self) -> Option<u16> {
        match self.inner.kind {
            Kind::Status(status) | Kind::Redirect { status, .. } => Some(status),
            _ => None,
        }
    }

    /// How long the panel asks us to wait.
    pub fn retry_after(&self) -> Option<Duration> {
        self.inner.retry_after
    }

    /// The panel's own words: (field, message).
    pub fn fields(&self) -> &[(String, String)] {
        &self.inner.fields
    }

    /// The panel that was asked.
    pub fn host(&self) -> &str {
        &self.inner.host
    }

    /// The call: method and path, without query.
    pub fn call(&self) -> &str {
        &self.inner.call
    }

    /// True when the call would have changed the panel, whatever its method: some panels change things by GET.
    pub fn is_change(&self) -> bool {
        self.inner.change
    }

    /// True when the panel said that the thing is not there (to this user).
    pub fn is_not_found(&self) -> bool {
        matches!(self.inner.kind, Kind::Status(status) if classify(status) == StatusClass::NotFound)
    }

    /// True when the panel refused because a transaction still holds the object; wait and try again.
    pub fn locked(&self) -> bool {
        self.inner.code == Some("panel.locked")
    }

    /// True when no connection came about at all: such failures count towards skipping the panel.
    pub fn is_connect_failure(&self) -> bool {
        matches!(
            self.inner.kind,
            Kind::Refused | Kind::Unreachable | Kind::Dns | Kind::DnsTimeout | Kind::Tls(_) | Kind::ConnectTimeout
        )
    }

    /// Which family of the C ABI the error belongs to.
    pub fn family(&self) -> Family {
        match &self.inner.kind {
            Kind::Refused
            | Kind::Unreachable
            | Kind::Dns
            | Kind::DnsTimeout
            | Kind::Tls(_)
            | Kind::ConnectTimeout
            | Kind::ReadTimeout
            | Kind::Deadline
            | Kind::Reset
            | Kind::Truncated
            | Kind::Skipped => Family::Network,
            Kind::BodyTooBig { .. } | Kind::Protocol | Kind::Unexpected { .. } | Kind::Redirect { .. } => {
                Family::PanelData
            }
            Kind::Declined => Family::PanelRefused,
            Kind::Status(status) => match classify(*status) {
                StatusClass::Gateway | StatusClass::Unavailable | StatusClass::TooMany => Family::Network,
                StatusClass::Success | StatusClass::Redirect | StatusClass::OutOfRange => Family::PanelData,
                StatusClass::Unauthorized
                | StatusClass::Forbidden
                | StatusClass::NotFound
                | StatusClass::Refused
                | StatusClass::Failed => Family::PanelRefused,
            },
            Kind::SecondChange | Kind::ReadOnly => Family::Internal,
            Kind::Config { .. } => Family::Configuration,
        }
    }

    /// A code that stays the same in every release and language.
    pub fn code(&self) -> &'static str {
        if let Some(code) = self.inner.code {
            return code;
        }
        match &self.inner.kind {
            Kind::Refused => "http.refused",
            Kind::Unreachable => "http.unreachable",
            Kind::Dns => "http.dns",
            Kind::DnsTimeout => "http.dns_timeout",
            Kind::Tls(TlsReason::WrongName) => "http.tls_name",
            Kind::Tls(TlsReason::NoNames) => "http.tls_no_names",
            Kind::Tls(TlsReason::Expired) => "http.tls_expired",
            Kind::Tls(TlsReason::NotYetValid) => "http.tls_not_yet_valid",
            Kind::Tls(TlsReason::UnknownIssuer) => "http.tls_unknown_issuer",
            Kind::Tls(TlsReason::CaFile) => "http.tls_ca_file",
            Kind::Tls(TlsReason::Handshake) => "http.tls_handshake",
            Kind::ConnectTimeout => "http.connect_timeout",
            Kind::ReadTimeout => "http.read_timeout",
            Kind::Deadline => "http.deadline",
            Kind::Reset => "http.reset",
            Kind::BodyTooBig { .. } => "http.body_too_big",
            Kind::Truncated => "http.truncated",
            Kind::Protocol => "http.protocol",
            Kind::Unexpected { .. } => "panel.unexpected_content",
            Kind::Declined => "panel.refused",
            Kind::Redirect { .. } => "http.redirect",
            Kind::Status(status) => match classify(*status) {
                StatusClass::Unauthorized => "panel.unauthorized",
                StatusClass::Forbidden => "panel.forbidden",
                StatusClass::NotFound => "panel.not_found",
                StatusClass::Refused => "panel.refused",
                StatusClass::TooMany => "panel.too_many_requests",
                StatusClass::Unavailable => "panel.unavailable",
                StatusClass::Gateway => "panel.gateway",
                StatusClass::Failed => "panel.failed",
                StatusClass::Success | StatusClass::Redirect | StatusClass::OutOfRange => "panel.unexpected_status",
            },
            Kind::Skipped => "http.skipped",
            Kind::SecondChange => "http.second_change",
            Kind::ReadOnly => "http.read_only",
            Kind::Config { code, .. } => code,
        }
    }
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Refused => f.write_str("the connection was refused: is the panel running, and are address and port right?"),
            Self::Unreachable => f.write_str("no route leads to its address"),
            Self::Dns => f.write_str("no name server gave an address for its name"),
            Self::DnsTimeout => f.write_str("no name server answered in time"),
            Self::Tls(TlsReason::WrongName) => f.write_str(
                "its certificate is for other names: enter the hostname that the certificate names, or renew the certificate",
            ),
            Self::Tls(TlsReason::NoNames) => f.write_str(
                "its certificate names no host in its subjectAltName, and its common name (CN) alone is not read: renew it \
                 with its hostname as subjectAltName",
            ),
            Self::Tls(TlsReason::Expired) => f.write_str("its certificate has expired: renew it"),
            Self::Tls(TlsReason::NotYetValid) => {
                f.write_str("its certificate is not valid yet: one of the two clocks is wrong")
            }
            Self::Tls(TlsReason::UnknownIssuer) => f.write_str(
                "its certificate is signed by nobody we trust: name the file of its CA (or of the certificate itself) as caFile",
            ),
            Self::Tls(TlsReason::CaFile) => {
                f.write_str("the file named as caFile cannot be read or holds no PEM certificate")
            }
            Self::Tls(TlsReason::Handshake) => {
                f.write_str("no TLS connection came about: does this port speak https, and TLS 1.2 or later?")
            }
            Self::ConnectTimeout => f.write_str("the connection was not made in time"),
            Self::ReadTimeout => f.write_str("it did not answer in time"),
            Self::Deadline => f.write_str("the time for this step was used up"),
            Self::Reset => f.write_str("the connection was cut before an answer came"),
            Self::BodyTooBig { limit } => write!(f, "its answer is larger than {limit} bytes and was not read"),
            Self::Truncated => f.write_str("its answer ended early"),
            Self::Protocol => f.write_str("its answer is not valid HTTP"),
            Self::Unexpected { what } => write!(f, "it answered {what}"),
            Self::Declined => f.write_str("the panel refused"),
            Self::Redirect { status, to_host } if to_host.is_empty() => {
                write!(f, "it answered with a redirect ({status}), which is not followed: check the address")
            }
            Self::Redirect { status, to_host } => write!(
                f,
                "it answered with a redirect ({status}) to {to_host}, which is not followed: enter the panel's real address"
            ),
            Self::Status(status) => match classify(*status) {
                StatusClass::Unauthorized => f.write_str("user or password is wrong (401)"),
                StatusClass::Forbidden => f.write_str("the user lacks a permission (403)"),
                StatusClass::NotFound => write!(f, "it is not there, or not visible to this user ({status})"),
                StatusClass::Refused => write!(f, "the panel refused ({status})"),
                StatusClass::TooMany => f.write_str("the panel asks us to slow down (429)"),
                StatusClass::Unavailable => f.write_str("the panel is overloaded or in maintenance (503)"),
                StatusClass::Gateway => write!(f, "a proxy before the panel gave up ({status})"),
                StatusClass::Failed => write!(f, "the panel failed ({status})"),
                StatusClass::Success | StatusClass::Redirect | StatusClass::OutOfRange => {
                    write!(f, "the panel answered with the unexpected status {status}")
                }
            },
            Self::Skipped => {
                f.write_str("it could not be connected to repeatedly and is skipped for the rest of the run")
            }
            Self::ReadOnly => f.write_str(
                "a changing request of an action that only reads was not sent; this is a mistake in our program",
            ),
            Self::SecondChange => {
                f.write_str("a second changing request in one step was not sent; this is a mistake in our program")
            }
            Self::Config { message, .. } => f.write_str(message),
        }
    }
}

/// One sentence for staff: who, what was asked, what happened, the panel's words, what was left unchanged.
impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let inner = &self.inner;
        write!(
            f,
            "{}",
            if inner.host.is_empty() {
                "The panel"
            } else {
                &inner.host
            }
        )?;
        if !inner.call.is_empty() {
            write!(f, ", asked for {}", inner.call)?;
        }
        let told = inner.kind.to_string();
        write!(f, ": {told}")?;
        for (at, (field, message)) in inner.fields.iter().enumerate() {
            f.write_str(if at == 0 { ": " } else { "; " })?;
            if field != "base" {
                write!(f, "{field} ")?;
            }
            f.write_str(message)?;
        }
        if !told.ends_with('?') || !inner.fields.is_empty() {
            f.write_str(".")?;
        }
        if inner.sent == Sent::Maybe && inner.change {
            f.write_str(" Whether the panel carried it out is not known.")?;
        }
        if let Some(advice) = &inner.advice {
            write!(f, " {advice}")?;
        }
        Ok(())
    }
}

impl fmt::Debug for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Error")
            .field("code", &self.code())
            .field("sent", &self.inner.sent)
            .field("message", &self.to_string())
            .finish_non_exhaustive()
    }
}

impl std::error::Error for Error {}

#[cfg(test)]
mod tests {
    use super::*;

    /// The boundaries of the HTTP specification, one status at a time.
    fn expected(status: u32) -> StatusClass {
        match status {
            401 => StatusClass::Unauthorized,
            403 => StatusClass::Forbidden,
            404 | 410 => StatusClass::NotFound,
            429 => StatusClass::TooMany,
            502 | 504 => StatusClass::Gateway,
            503 => StatusClass::Unavailable,
            _ => match status / 100 {
                2 => StatusClass::Success,
                3 => StatusClass::Redirect,
                4 => StatusClass::Refused,
                5 => StatusClass::Failed,
                _ => StatusClass::OutOfRange,
            },
        }
    }

    #[test]
    fn every_status_has_its_class_its_code_and_a_sentence() {
        for status in 0..=u16::MAX {
            let class = classify(status);
            assert_eq!(class, expected(u32::from(status)), "{status}");
            let error = Error::new(Kind::Status(status), Sent::Yes, "cp", "GET /x");
            assert!(error.code().starts_with("panel."), "{status}");
            assert!(error.to_string().contains(&status.to_string()), "{status}");
            assert_eq!(error.status(), Some(status));
            assert_eq!(error.is_not_found(), status == 404 || status == 410);
        }
    }

    #[test]
    fn the_panels_words_are_kept_once_and_without_the_secret() {
        let word = |message: &str| ("password".to_owned(), message.to_owned());
        let error = Error::new(Kind::Status(422), Sent::Yes, "cp", "POST /users.json").with_words(
            [word("planted is too short"), word("planted is too short")],
            &["planted", ""],
        );
        assert_eq!(error.fields(), [word("[secret] is too short")]);
        assert_eq!(
            error.to_string(),
            "cp, asked for POST /users.json: the panel refused (422): password [secret] is too short."
        );
    }
}
