//! The panel itself: its release, the user we are, and the way every verb goes out and its refusals come back.

use base64::Engine;
use base64::engine::general_purpose::{STANDARD, URL_SAFE};
use serde::de::IgnoredAny;
use serde_json::{Map, Value};
use zeroize::Zeroizing;

use super::users::User;
use super::wire::{self, Row};
use super::{PanelError, Version, refusal};
use crate::http::{Answer, Client, Method};

/// Rows asked for at a time. A panel may cap it lower, or send everything: the reader copes with both.
const PER_PAGE: &str = "200";
/// A panel that still has new rows after so many pages is answering nonsense.
const MAX_PAGES: u32 = 1000;
/// All pages of a list together may have so many bytes.
const MAX_LIST: usize = 64 << 20;

/// One OnApp control panel, seen by one user.
#[derive(Debug, Clone)]
pub struct Panel {
    client: Client,
    version: Version,
}

impl Panel {
    /// A panel whose release is known.
    pub fn new(client: Client, version: Version) -> Self {
        Self { client, version }
    }

    /// Asks the panel for its release first.
    ///
    /// # Errors
    /// Those of [`Panel::version`].
    pub fn connect(client: Client) -> Result<Self, PanelError> {
        let mut panel = Self::new(client, Version::new(0, 0, 0));
        panel.version = panel.version()?;
        Ok(panel)
    }

    /// The same panel as another user; deadline, pool and the one changing request a step are shared.
    #[must_use]
    pub fn with_credentials(&self, user: &str, password: crate::secret::Secret) -> Self {
        Self {
            client: self.client.with_credentials(user, password),
            version: self.version,
        }
    }

    /// The client below, for its host name and its log.
    pub fn client(&self) -> &Client {
        &self.client
    }

    /// The release that this panel was made with; asks nobody.
    pub fn known_version(&self) -> Version {
        self.version
    }

    /// Asks for the release: `GET /version.json`, which needs a permission of its own (reference: onapp-api.md 1.7).
    ///
    /// # Errors
    /// Any [`PanelError`]; 403 names `settings.version`.
    pub fn version(&self) -> Result<Version, PanelError> {
        let answer = self.get("/version.json", &[], "settings.version")?;
        let text = wire::object(&answer, "version")?.text_or_empty("version")?;
        text.parse().map_err(|_| answer.unexpected("without a release number"))
    }

    /// The user we are; the best probe of the credentials, because it needs no permission.
    ///
    /// # Errors
    /// Any [`PanelError`].
    pub fn profile(&self) -> Result<User, PanelError> {
        let answer = self.get("/profile.json", &[], "")?;
        User::read(&wire::object(&answer, "user")?)
    }

    pub(super) fn get(&self, path: &str, query: &[(&str, &str)], permission: &str) -> Result<Answer, PanelError> {
        self.client
            .get(path, query)
            .map_err(|error| self.explain(error, permission, &[]))
    }

    /// Reads one thing that may not be there.
    pub(super) fn find(&self, path: &str, permission: &str) -> Result<Option<Answer>, PanelError> {
        self.find_with(path, &[], permission)
    }

    /// The same with a query.
    pub(super) fn find_with(
        &self,
        path: &str,
        query: &[(&str, &str)],
        permission: &str,
    ) -> Result<Option<Answer>, PanelError> {
        match self.get(path, query, permission) {
            Ok(answer) => Ok(Some(answer)),
            Err(error) if refusal::is_absent(&error) => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// Sends a change. `secrets` are cut out of the panel's words if it quotes them. The panel accepts with JSON or without a
    /// body (reference: onapp-api.md 10.7): anything else, as a login page, is of somebody between, and nobody knows whether
    /// the panel acted.
    pub(super) fn change(&self, change: Change<'_>) -> Result<Answer, PanelError> {
        let body = change.body.map(|body| Value::Object(body).to_string().into_bytes());
        let answer = self
            .client
            .change(change.method, change.path, change.query, body)
            .map_err(|error| self.explain(error, change.permission, change.secrets))?;
        match answer.json::<IgnoredAny>() {
            Err(error) if !answer.is_empty() => Err(error.of_unknown_fate()),
            _ => Ok(answer),
        }
    }

    fn explain(&self, error: PanelError, permission: &str, secrets: &[&str]) -> PanelError {
        let password = self.client.password().reveal();
        // Some error pages quote the request's headers, where the password stands in another spelling.
        let header = Zeroizing::new(format!("{}:{password}", self.client.user()));
        let mut spelled: Vec<Zeroizing<String>> = Vec::new();
        for secret in secrets.iter().copied().chain([password, header.as_str()]) {
            spelled.extend(spellings(secret));
        }
        // The longest first, so that no rest of one stays when a shorter one is cut out.
        spelled.sort_by_key(|spelling| std::cmp::Reverse(spelling.len()));
        let all: Vec<&str> = spelled.iter().map(|s| s.as_str()).collect();
        refusal::explain(error, permission, &all)
    }

    /// The rows of a list that no release pages unasked (reference: onapp-api.md 1.6), in one call.
    pub(super) fn whole<T>(
        &self,
        path: &str,
        permission: &str,
        root: &str,
        read: impl Fn(&Row<'_>) -> Result<T, PanelError>,
    ) -> Result<Vec<T>, PanelError> {
        let answer = self.get(path, &[], permission)?;
        wire::list(&answer, root)?.iter().map(read).collect()
    }

    /// The same for a list of something that may not be there: none when the panel says so.
    pub(super) fn whole_of<T>(
        &self,
        path: &str,
        permission: &str,
        root: &str,
        read: impl Fn(&Row<'_>) -> Result<T, PanelError>,
    ) -> Result<Option<Vec<T>>, PanelError> {
        let Some(answer) = self.find(path, permission)? else {
            return Ok(None);
        };
        let rows: Result<Vec<T>, PanelError> = wire::list(&answer, root)?.iter().map(read).collect();
        rows.map(Some)
    }

    /// All rows of a list, whether the panel pages it, caps the page or ignores the request to page.
    pub(super) fn all<T>(
        &self,
        path: &str,
        query: &[(&str, &str)],
        permission: &str,
        root: &str,
        read: impl Fn(&Row<'_>) -> Result<T, PanelError>,
        id: impl Fn(&T) -> u64,
    ) -> Result<Vec<T>, PanelError> {
        let mut found: Vec<T> = Vec::new();
        let mut seen = std::collections::HashSet::new();
        let mut bytes = 0usize;
        for page in 1..=MAX_PAGES {
            let page = page.to_string();
            let mut query = query.to_vec();
            query.extend([("page", page.as_str()), ("per_page", PER_PAGE)]);
            let answer = self.get(path, &query, permission)?;
            let before = found.len();
            bytes = bytes.saturating_add(answer.body.len());
            if bytes > MAX_LIST {
                break;
            }
            for row in wire::list(&answer, root)? {
                let row = read(&row)?;
                if seen.insert(id(&row)) {
                    found.push(row);
                }
            }
            // Past the end a paging panel sends nothing; one that does not page sends the same rows again.
            if found.len() == before {
                return Ok(found);
            }
        }
        Err(PanelError::new(
            crate::http::Kind::Unexpected {
                what: "with a list that does not end".to_owned(),
            },
            crate::http::Sent::Yes,
            self.client.host(),
            &format!("GET {path}"),
        ))
    }
}

/// A secret as an error page may quote it: plain, Base64, and escaped for HTML, a URL or JSON.
fn spellings(secret: &str) -> Vec<Zeroizing<String>> {
    let escaped = |of: &dyn Fn(char) -> Option<String>| {
        let mut text = String::with_capacity(secret.len().saturating_mul(3));
        for c in secret.chars() {
            match of(c) {
                Some(long) => text.push_str(&long),
                None => text.push(c),
            }
        }
        Zeroizing::new(text)
    };
    let html = |quote: &'static str| {
        move |c: char| {
            let entity = match c {
                '&' => "&amp;",
                '<' => "&lt;",
                '>' => "&gt;",
                '"' => "&quot;",
                '\'' => quote,
                _ => return None,
            };
            Some(entity.to_owned())
        }
    };
    let url = |c: char| {
        (!c.is_ascii_alphanumeric() && !"-._~".contains(c)).then(|| {
            let mut bytes = [0; 4];
            c.encode_utf8(&mut bytes).bytes().map(|b| format!("%{b:02X}")).collect()
        })
    };
    let json = |c: char| matches!(c, '"' | '\\' | '/').then(|| format!("\\{c}"));
    let mut all = vec![
        Zeroizing::new(secret.to_owned()),
        Zeroizing::new(STANDARD.encode(secret)),
        Zeroizing::new(URL_SAFE.encode(secret)),
        escaped(&html("&#39;")),
        escaped(&html("&#039;")),
        escaped(&html("&apos;")),
        escaped(&url),
        escaped(&json),
    ];
    all.retain(|spelling| !spelling.is_empty());
    all
}

/// One changing request.
pub(super) struct Change<'a> {
    pub(super) method: Method,
    pub(super) path: &'a str,
    pub(super) query: &'a [(&'a str, &'a str)],
    pub(super) body: Option<Map<String, Value>>,
    pub(super) permission: &'a str,
    pub(super) secrets: &'a [&'a str],
}

impl<'a> Change<'a> {
    /// A POST without a body: how OnApp starts actions.
    pub(super) fn action(path: &'a str, permission: &'a str) -> Self {
        Self {
            method: Method::Post,
            path,
            query: &[],
            body: None,
            permission,
            secrets: &[],
        }
    }
}

/// `{"root": {...}}`.
pub(super) fn wrapped(root: &str, fields: Map<String, Value>) -> Map<String, Value> {
    Map::from_iter([(root.to_owned(), Value::Object(fields))])
}

/// Only what is given goes out: an absent key means the panel's default, null would not.
pub(super) fn put(fields: &mut Map<String, Value>, key: &str, value: Option<impl Into<Value>>) {
    if let Some(value) = value {
        fields.insert(key.to_owned(), value.into());
    }
}
