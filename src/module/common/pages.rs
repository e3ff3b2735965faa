//! A table read to its end, page by page: memory stays flat however many rows there are, and rows that come or go meanwhile
//! neither hide another nor show it twice.

use super::rows::must;
use crate::host::{Failure, Host, Row, Table, Where, is};

/// The pages of a table in the order of one of its columns, which holds ids.
pub(crate) struct Pages {
    table: &'static Table,
    by: &'static str,
    conditions: Vec<Where>,
    after: String,
}

impl Pages {
    /// The rows that meet the conditions.
    pub(crate) fn of(table: &'static Table, by: &'static str, conditions: Vec<Where>) -> Self {
        Self {
            table,
            by,
            conditions,
            after: "0".to_owned(),
        }
    }

    /// The next page, which has rows; None at the end.
    pub(crate) async fn next(&mut self, host: &Host) -> Result<Option<Vec<Row>>, Failure> {
        let mut conditions = self.conditions.clone();
        conditions.push(is(self.by, ">", &self.after));
        let most = host.limits().page_rows;
        let page = host.rows(self.table.name, conditions, vec![self.by], most).await?;
        let Some(last) = page.last() else { return Ok(None) };
        must(last, self.table, self.by)?.clone_into(&mut self.after);
        Ok(Some(page))
    }

    /// All of them at once: where there are few.
    pub(crate) async fn all(mut self, host: &Host) -> Result<Vec<Row>, Failure> {
        let mut all = Vec::new();
        while let Some(page) = self.next(host).await? {
            all.extend(page);
        }
        Ok(all)
    }
}
