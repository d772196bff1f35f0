import CaracalAPI
import CaracalCatalog
import KubeModel

/// One identity per component and job, without a token: no Caracal service talks to the Kubernetes API.
struct ServiceAccountRenderer: ResourceRenderer {
    static let kinds = [ServiceAccount.resource]

    func render(_ context: RenderContext) throws -> [RenderedObject] {
        try context.secretReaders.map { name in
            let account = ServiceAccount {
                let annotations = context.spec.settings(name.rawValue).serviceAccountAnnotations ?? [:]
                $0.metadata = context.metadata(context.name(name), name, annotations: annotations)
                $0.automountServiceAccountToken = false
            }
            return try RenderedObject(account, .identity, name)
        }
    }
}
