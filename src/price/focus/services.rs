//! The kinds of service that FOCUS knows, and of which an offering is.

use std::collections::BTreeMap;

/// Each category with its subcategories; the name of a subcategory tells its category.
const CATEGORIES: [(&str, &[&str]); 19] = [
    (
        "AI and Machine Learning",
        &[
            "AI Platforms",
            "Bots",
            "Generative AI",
            "Machine Learning",
            "Natural Language Processing",
            "Other (AI and Machine Learning)",
        ],
    ),
    (
        "Analytics",
        &[
            "Analytics Platforms",
            "Business Intelligence",
            "Data Processing",
            "Search",
            "Streaming Analytics",
            "Other (Analytics)",
        ],
    ),
    ("Business Applications", &["Productivity and Collaboration", "Other (Business Applications)"]),
    (
        "Compute",
        &[
            "Containers",
            "End User Computing",
            "Quantum Compute",
            "Serverless Compute",
            "Virtual Machines",
            "Other (Compute)",
        ],
    ),
    (
        "Databases",
        &[
            "Caching",
            "Data Warehouses",
            "Ledger Databases",
            "NoSQL Databases",
            "Relational Databases",
            "Time Series Databases",
            "Other (Databases)",
        ],
    ),
    (
        "Developer Tools",
        &[
            "Developer Platforms",
            "Continuous Integration and Deployment",
            "Development Environments",
            "Source Code Management",
            "Quality Assurance",
            "Other (Developer Tools)",
        ],
    ),
    ("Identity", &["Identity and Access Management", "Other (Identity)"]),
    ("Integration", &["API Management", "Messaging", "Workflow Orchestration", "Other (Integration)"]),
    ("Internet of Things", &["IoT Analytics", "IoT Platforms", "Other (Internet of Things)"]),
    (
        "Management and Governance",
        &[
            "Architecture",
            "Compliance",
            "Cost Management",
            "Data Governance",
            "Disaster Recovery",
            "Endpoint Management",
            "Observability",
            "Support",
            "Other (Management and Governance)",
        ],
    ),
    ("Media", &["Content Creation", "Gaming", "Media Streaming", "Mixed Reality", "Other (Media)"]),
    ("Migration", &["Data Migration", "Resource Migration", "Other (Migration)"]),
    ("Mobile", &["Other (Mobile)"]),
    ("Multicloud", &["Multicloud Integration", "Other (Multicloud)"]),
    (
        "Networking",
        &[
            "Application Networking",
            "Content Delivery",
            "Network Connectivity",
            "Network Infrastructure",
            "Network Routing",
            "Network Security",
            "Other (Networking)",
        ],
    ),
    (
        "Security",
        &[
            "Secret Management",
            "Security Posture Management",
            "Threat Detection and Response",
            "Other (Security)",
        ],
    ),
    (
        "Storage",
        &[
            "Backup Storage",
            "Block Storage",
            "File Storage",
            "Object Storage",
            "Storage Platforms",
            "Other (Storage)",
        ],
    ),
    ("Web", &["Application Platforms", "Other (Web)"]),
    ("Other", &["Other (Other)"]),
];

/// A subcategory of services, with the one category that it is of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Subcategory {
    /// The `ServiceCategory` of FOCUS.
    pub category: &'static str,
    /// The `ServiceSubcategory` of FOCUS, which no two categories share.
    pub name: &'static str,
}

impl Subcategory {
    /// Where nothing better is known.
    pub const OTHER: Self = Self { category: "Other", name: "Other (Other)" };

    /// The subcategory of that name, letter for letter.
    pub fn named(text: &str) -> Option<Self> {
        let all =
            CATEGORIES.iter().flat_map(|(category, names)| names.iter().map(move |name| (category, name)));
        all.map(|(category, name)| Self { category, name }).find(|known| known.name == text)
    }
}

/// The subcategories of offerings by their names, so that offerings of one name are of one kind, as FOCUS demands.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Services(pub BTreeMap<String, Subcategory>);

impl Services {
    /// The subcategory of an offering; [`OTHER`](Subcategory::OTHER) if none is given for its name.
    pub fn of(&self, offering_name: &str) -> Subcategory {
        self.0.get(offering_name).copied().unwrap_or(Subcategory::OTHER)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_name_of_a_subcategory_tells_its_category() {
        let mut names: Vec<&str> = CATEGORIES.iter().flat_map(|(_, names)| *names).copied().collect();
        assert_eq!(names.len(), 82);
        names.sort_unstable();
        names.dedup();
        assert_eq!(names.len(), 82, "no name is of two categories");
        assert_eq!(Subcategory::named("Virtual Machines").unwrap().category, "Compute");
        assert_eq!(Subcategory::named("Other (Other)"), Some(Subcategory::OTHER));
        assert_eq!(Subcategory::named("virtual machines"), None);
        assert_eq!(Services::default().of("Cloud VM"), Subcategory::OTHER);
    }
}
