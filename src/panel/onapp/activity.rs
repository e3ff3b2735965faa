//! What happened and happens at a virtual machine: transactions and the log (reference: onapp-api.md 2.1 and 2.2).

use chrono::{DateTime, Utc};

use super::PanelError;
use super::panel::Panel;
use super::wire::{self, Row};

/// How far a transaction is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum TransactionStatus {
    /// Waiting.
    Pending,
    /// Being carried out.
    Running,
    /// Done.
    Complete,
    /// Given up.
    Failed,
    /// Called off.
    Cancelled,
    /// A word of another release.
    Other(String),
}

impl TransactionStatus {
    fn read(row: &Row<'_>) -> Result<Self, PanelError> {
        let status = row.text_or_empty("status")?.to_ascii_lowercase();
        Ok(match status.as_str() {
            "pending" => Self::Pending,
            "running" => Self::Running,
            "complete" => Self::Complete,
            "failed" => Self::Failed,
            "cancelled" => Self::Cancelled,
            _ => Self::Other(status),
        })
    }
}

/// The name of a piece of work; nothing but such a name passes for one.
fn action(row: &Row<'_>) -> Result<String, PanelError> {
    let text = row.text_or_empty("action")?;
    let plain = |c: &char| c.is_ascii_alphanumeric() || *c == '_';
    Ok(text.chars().filter(plain).take(64).collect())
}

/// One queued piece of work at the panel.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Transaction {
    /// The panel's id.
    pub id: u64,
    /// `build_disk`, `startup_virtual_machine`, ...
    pub action: String,
    /// How far it is.
    pub status: TransactionStatus,
    /// When it was queued.
    pub created_at: Option<DateTime<Utc>>,
}

impl Transaction {
    /// True while it is waiting or running; its object is locked so long.
    pub fn is_open(&self) -> bool {
        matches!(self.status, TransactionStatus::Pending | TransactionStatus::Running)
    }

    fn read(row: &Row<'_>) -> Result<Self, PanelError> {
        Ok(Self {
            id: row.needed_number("id")?,
            action: action(row)?,
            status: TransactionStatus::read(row)?,
            created_at: row.moment("created_at")?,
        })
    }
}

/// One line of a machine's activity log.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LogItem {
    /// The panel's id of the line; the transaction has another.
    pub id: u64,
    /// `build_disk`, `startup_virtual_machine`, ...
    pub action: String,
    /// How far it is.
    pub status: TransactionStatus,
    /// The transaction whose words [`Panel::transaction_log`] gives, where the line is about one.
    pub transaction_id: Option<u64>,
    /// When it was queued.
    pub created_at: Option<DateTime<Utc>>,
    /// When it last moved on.
    pub updated_at: Option<DateTime<Utc>>,
}

impl LogItem {
    fn read(row: &Row<'_>) -> Result<Self, PanelError> {
        let of_transaction = row.text("target_type")?.is_some_and(|kind| kind == "Transaction");
        Ok(Self {
            id: row.needed_number("id")?,
            action: action(row)?,
            status: TransactionStatus::read(row)?,
            transaction_id: row.number("target_id")?.filter(|_| of_transaction),
            created_at: row.moment("created_at")?,
            updated_at: row.moment("updated_at")?,
        })
    }
}

impl Panel {
    /// The machine's newest transactions, as many as the panel sends at once, in its order.
    ///
    /// # Errors
    /// Any [`PanelError`]; [`PanelError::is_not_found`] when the machine is not there.
    pub fn transactions(&self, vm_id: u64) -> Result<Vec<Transaction>, PanelError> {
        let path = format!("/virtual_machines/{vm_id}/transactions.json");
        let answer = self.get(&path, &[("page", "1"), ("per_page", "100")], "transactions.list")?;
        wire::list(&answer, "transaction")?
            .iter()
            .map(Transaction::read)
            .collect()
    }

    /// The newest lines of the machine's log, at most `count`, the newest first.
    ///
    /// # Errors
    /// Any [`PanelError`]; [`PanelError::is_not_found`] when the machine is not there.
    pub fn vm_log(&self, vm_id: u64, count: usize) -> Result<Vec<LogItem>, PanelError> {
        let path = format!("/virtual_machines/{vm_id}/logs.json");
        let per_page = count.to_string();
        let query = [("page", "1"), ("per_page", per_page.as_str())];
        let answer = self.get(&path, &query, "log_items.list")?;
        let rows = wire::list(&answer, "log_item")?;
        let items: Result<Vec<LogItem>, PanelError> = rows.iter().map(LogItem::read).collect();
        let mut items = items?;
        // Not every release says in which order and how many it sends.
        items.sort_by_key(|item| std::cmp::Reverse((item.created_at, item.id)));
        items.truncate(count);
        Ok(items)
    }

    /// What a transaction wrote while it ran; none when the panel says that there is no such transaction. The words are the
    /// panel's and may name its machinery. Whether the transaction belongs to the machine that somebody asks about is for
    /// the caller to know: take the id from [`Panel::vm_log`].
    ///
    /// # Errors
    /// Any [`PanelError`] when the panel could not be asked.
    pub fn transaction_log(&self, id: u64) -> Result<Option<String>, PanelError> {
        let path = format!("/transactions/{id}.json");
        let Some(answer) = self.find_with(&path, &[("log", "")], "transactions.read")? else {
            return Ok(None);
        };
        wire::object(&answer, "transaction")?
            .text_or_empty("log_output")
            .map(Some)
    }
}
