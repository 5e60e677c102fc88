//! Sums over groups: exact, and with distinct users counted anew at every level.

use super::grouping::Grouping;
use crate::amount::Amount;
use crate::quantity::Quantity;

/// What a group of records comes to.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Sum {
    pub usage: Quantity,
    /// Whether there is any row, a record or not.
    pub has_usage: bool,
    pub records: u64,
    /// Distinct usernames.
    pub users: u64,
}

/// What a group of records is compared with.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Versus {
    /// Usage in the months that can be compared, and in the earlier months they are compared with.
    pub comparable: Quantity,
    pub before: Quantity,
    /// Whether there is any row of comparable months, and of earlier ones.
    pub has_comparable: bool,
    pub has_before: bool,
}

impl Sum {
    /// The usage in the months reported on; none if there is no row.
    pub(crate) fn reported_usage(&self) -> Option<Quantity> {
        self.has_usage.then_some(self.usage)
    }

    fn add(&mut self, other: &Self) {
        self.usage += other.usage;
        self.has_usage |= other.has_usage;
        self.records += other.records;
    }
}

impl Versus {
    /// The usage in the earlier months; none if there is no row.
    pub(crate) fn usage_before(&self) -> Option<Quantity> {
        self.has_before.then_some(self.before)
    }

    /// The usage in the months that are compared; `None` if there is no row.
    pub(crate) fn usage_compared(&self) -> Option<Quantity> {
        self.has_comparable.then_some(self.comparable)
    }

    /// The usage that is compared less the usage before; a side without rows counts as zero. `None` if nothing is
    /// compared.
    pub(crate) fn change(&self) -> Option<Quantity> {
        (self.has_comparable || self.has_before).then(|| self.comparable - self.before)
    }

    pub(crate) fn change_percent(&self) -> Option<Quantity> {
        self.comparable.percent_above(self.usage_before()?)
    }

    fn add(&mut self, other: &Self) {
        self.comparable += other.comparable;
        self.before += other.before;
        self.has_comparable |= other.has_comparable;
        self.has_before |= other.has_before;
    }
}

/// What a group of records costs.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Money {
    pub amount: Amount,
    /// Whether anything has an amount.
    pub has_amount: bool,
    /// Usage without a price.
    pub unpriced: Quantity,
}

impl Money {
    /// None if nothing has an amount.
    pub(crate) fn shown_amount(&self) -> Option<Amount> {
        self.has_amount.then_some(self.amount)
    }

    pub(crate) fn add(&mut self, other: &Self) {
        self.amount += other.amount;
        self.has_amount |= other.has_amount;
        self.unpriced += other.unpriced;
    }

    /// Sums groups of groups up.
    pub(crate) fn rolled_up(money: &[Self], grouping: &Grouping) -> Vec<Self> {
        let mut sums = vec![Self::default(); grouping.len()];
        for (money, level) in money.iter().zip(&grouping.group_of) {
            sums[*level as usize].add(money);
        }
        sums
    }
}

/// Groups with their sums and users.
pub(crate) struct Sums {
    /// One a group.
    pub sums: Vec<Sum>,
    /// One a group; empty where nothing is compared.
    versus: Vec<Versus>,
    users: Users,
}

/// A row's part in a report: what it adds, and to which groups.
pub(crate) struct Entry {
    pub usage: Quantity,
    /// How many records it is; 0 if no user has it.
    pub records: u64,
    /// `None` if no user has it: then it is no record.
    pub username: Option<u32>,
    /// The group it is reported in.
    pub group: Option<u32>,
    /// Whether its month can be compared.
    pub is_comparable: bool,
    /// The group it is the earlier side of.
    pub later_group: Option<u32>,
}

impl Sums {
    /// Adds all entries up; `usernames` is one more than the greatest username.
    pub(crate) fn new(
        groups: usize,
        usernames: usize,
        is_compared: bool,
        entries: impl Iterator<Item = Entry> + Clone + Send + Sync,
    ) -> Self {
        let ((users, counts), (mut sums, versus)) = rayon::join(
            || {
                let users = Users::new(groups, usernames, entries.clone());
                let counts = users.count(groups, (0..groups as u32).map(|group| (group, group)));
                (users, counts)
            },
            || added_up(groups, is_compared, entries.clone()),
        );
        for (sum, users) in sums.iter_mut().zip(counts) {
            sum.users = users;
        }
        Self { sums, versus, users }
    }

    /// What groups of groups are set against; empty where nothing is compared.
    pub(crate) fn versus_rolled_up(&self, grouping: &Grouping) -> Vec<Versus> {
        if self.versus.is_empty() {
            return Vec::new();
        }
        let mut sums = vec![Versus::default(); grouping.len()];
        for (versus, level) in self.versus.iter().zip(&grouping.group_of) {
            sums[*level as usize].add(versus);
        }
        sums
    }

    /// Sums groups of groups up.
    pub(crate) fn rolled_up(&self, grouping: &Grouping) -> Vec<Sum> {
        if grouping.len() == self.sums.len() {
            return grouping.representatives.iter().map(|group| self.sums[*group as usize]).collect();
        }
        let mut sums = vec![Sum::default(); grouping.len()];
        for (sum, level) in self.sums.iter().zip(&grouping.group_of) {
            sums[*level as usize].add(sum);
        }
        let mut order: Vec<(u32, u32)> = grouping.group_of.iter().copied().zip(0..).collect();
        order.sort_unstable();
        let counts = self.users.count(grouping.len(), order.into_iter());
        for (sum, users) in sums.iter_mut().zip(counts) {
            sum.users = users;
        }
        sums
    }
}

fn added_up(
    groups: usize,
    is_compared: bool,
    entries: impl Iterator<Item = Entry>,
) -> (Vec<Sum>, Vec<Versus>) {
    let mut sums = vec![Sum::default(); groups];
    let mut versus = vec![Versus::default(); if is_compared { groups } else { 0 }];
    for entry in entries {
        if let Some(group) = entry.group {
            let sum = &mut sums[group as usize];
            sum.usage += entry.usage;
            sum.has_usage = true;
            sum.records += entry.records;
            if entry.is_comparable && is_compared {
                let versus = &mut versus[group as usize];
                versus.comparable += entry.usage;
                versus.has_comparable = true;
            }
        }
        if let Some(group) = entry.later_group {
            let versus = &mut versus[group as usize];
            versus.before += entry.usage;
            versus.has_before = true;
        }
    }
    (sums, versus)
}

/// The users of each group.
struct Users {
    /// The usernames of all reported records, those of one group together.
    users: Vec<u32>,
    /// Where the users of each group begin; one more than there are groups.
    starts: Vec<u32>,
    usernames: usize,
}

impl Users {
    fn new(groups: usize, usernames: usize, entries: impl Iterator<Item = Entry> + Clone) -> Self {
        let reported = |entry: Entry| Some((entry.group?, entry.username?));
        let mut starts = vec![0; groups + 1];
        for (group, _) in entries.clone().filter_map(reported) {
            starts[group as usize + 1] += 1;
        }
        for group in 0..groups {
            starts[group + 1] += starts[group];
        }
        let mut next = starts.clone();
        let mut users = vec![0; starts[groups] as usize];
        for (group, username) in entries.filter_map(reported) {
            let place = &mut next[group as usize];
            users[*place as usize] = username;
            *place += 1;
        }
        Self { users, starts, usernames }
    }

    /// Counts the distinct users of each level; pairs of level and group come level after level.
    fn count(&self, levels: usize, order: impl Iterator<Item = (u32, u32)>) -> Vec<u64> {
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
