//! Sums over groups: exact, and with distinct users counted anew at every level.

use super::grouping::Grouping;
use crate::quantity::Quantity;

/// What a group of records comes to.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Sum {
    pub usage: Quantity,
    pub records: u64,
    /// Distinct usernames.
    pub users: u64,
    /// Usage in the months that can be compared, and in the earlier months they are compared with.
    pub comparable: Quantity,
    pub before: Quantity,
    /// How many records of comparable months there are.
    pub comparable_records: u64,
    pub before_records: u64,
}

impl Sum {
    /// The usage in the months reported on; none where there is no record.
    pub fn reported_usage(&self) -> Option<Quantity> {
        (self.records > 0).then_some(self.usage)
    }

    /// The usage in the earlier months; none where there is no record.
    pub fn usage_before(&self) -> Option<Quantity> {
        (self.before_records > 0).then_some(self.before)
    }

    /// How much more than before; what is on one side only counts in full. None where nothing can be compared.
    pub fn change(&self) -> Option<Quantity> {
        (self.comparable_records + self.before_records > 0).then(|| self.comparable - self.before)
    }

    pub fn change_percent(&self) -> Option<Quantity> {
        self.comparable.percent_above(self.usage_before()?)
    }

    fn add(&mut self, other: &Self) {
        self.usage += other.usage;
        self.records += other.records;
        self.comparable += other.comparable;
        self.before += other.before;
        self.comparable_records += other.comparable_records;
        self.before_records += other.before_records;
    }
}

/// Groups with their sums and users.
pub struct Sums {
    /// One a group.
    pub sums: Vec<Sum>,
    /// The usernames of all records, those of one group together.
    users: Vec<u32>,
    /// Where the users of each group begin; one more than there are groups.
    starts: Vec<u32>,
    usernames: usize,
}

/// A record's part in a report: what it adds, and to which groups.
pub struct Entry {
    pub usage: Quantity,
    pub username: u32,
    /// The group it is reported in.
    pub group: Option<u32>,
    /// Whether its month can be compared.
    pub is_comparable: bool,
    /// The group it is the earlier side of.
    pub later_group: Option<u32>,
}

impl Sums {
    /// Adds all entries up; `usernames` is one more than the greatest username.
    pub fn new(groups: usize, usernames: usize, entries: impl Iterator<Item = Entry> + Clone) -> Self {
        let mut sums = vec![Sum::default(); groups];
        for entry in entries.clone() {
            if let Some(group) = entry.group {
                let sum = &mut sums[group as usize];
                sum.usage += entry.usage;
                sum.records += 1;
                if entry.is_comparable {
                    sum.comparable += entry.usage;
                    sum.comparable_records += 1;
                }
            }
            if let Some(group) = entry.later_group {
                let sum = &mut sums[group as usize];
                sum.before += entry.usage;
                sum.before_records += 1;
            }
        }
        let (users, starts) = users_by_group(&sums, entries);
        let mut result = Self { sums, users, starts, usernames };
        let users = result.count_users(groups, (0..groups as u32).map(|group| (group, group)));
        for (sum, users) in result.sums.iter_mut().zip(users) {
            sum.users = users;
        }
        result
    }

    /// Sums groups of groups up.
    pub fn rolled_up(&self, grouping: &Grouping) -> Vec<Sum> {
        if grouping.len() == self.sums.len() {
            return grouping.representatives.iter().map(|group| self.sums[*group as usize]).collect();
        }
        let mut sums = vec![Sum::default(); grouping.len()];
        for (sum, level) in self.sums.iter().zip(&grouping.group_of) {
            sums[*level as usize].add(sum);
        }
        let mut order: Vec<(u32, u32)> = grouping.group_of.iter().copied().zip(0..).collect();
        order.sort_unstable();
        let users = self.count_users(grouping.len(), order.into_iter());
        for (sum, users) in sums.iter_mut().zip(users) {
            sum.users = users;
        }
        sums
    }

    /// Counts the distinct users of each level; pairs of level and group come level after level.
    fn count_users(&self, levels: usize, order: impl Iterator<Item = (u32, u32)>) -> Vec<u64> {
        let mut counts = vec![0; levels];
        let mut last_level = vec![u32::MAX; self.usernames];
        for (level, group) in order {
            let group = group as usize;
            for user in &self.users[self.starts[group] as usize..self.starts[group + 1] as usize] {
                let seen = &mut last_level[*user as usize];
                counts[level as usize] += u64::from(*seen != level);
                *seen = level;
            }
        }
        counts
    }
}

/// The usernames of all reported records in the order of their groups, and where each group's begin.
fn users_by_group(sums: &[Sum], entries: impl Iterator<Item = Entry>) -> (Vec<u32>, Vec<u32>) {
    let mut starts = Vec::with_capacity(sums.len() + 1);
    let mut total = 0;
    starts.push(0);
    for sum in sums {
        total += sum.records as u32;
        starts.push(total);
    }
    let mut next = starts.clone();
    let mut users = vec![0; total as usize];
    for entry in entries {
        if let Some(group) = entry.group {
            let place = &mut next[group as usize];
            users[*place as usize] = entry.username;
            *place += 1;
        }
    }
    (users, starts)
}
