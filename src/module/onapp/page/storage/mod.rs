//! The pages of a VM's disks and of their backups.

pub(crate) mod backups;
pub(crate) mod disks;
