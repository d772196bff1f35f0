import CaracalAPI
import CaracalCatalog

extension CatalogNames {
    /// The names the CRD's enums are made of.
    package init(_ catalog: Catalog) {
        self.init(
            releases: catalog.releases.map(\.version), components: catalog.components.map(\.name.rawValue),
            tunables: Dictionary(
                uniqueKeysWithValues: catalog.components.map { ($0.name.rawValue, catalog.tunables(of: $0.name)) }),
            images: Set(catalog.components.map(\.image) + catalog.jobs.map(\.image)).sorted(),
            secretKeys: catalog.secretKeys.map(\.name).sorted(), rules: RuleCatalog.ids.sorted(),
            signInReleases: catalog.releases.filter { $0.generation == .b }.map(\.version))
    }
}
