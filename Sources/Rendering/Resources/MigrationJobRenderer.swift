import CaracalAPI
import CaracalCatalog
import KubeModel

/// The schema runner and the session database's runner. A Job is immutable, so its name carries a digest of its
/// template: another image or another password is another Job.
struct MigrationJobRenderer: ResourceRenderer {
    static let kinds = [Job.resource]

    func render(_ context: RenderContext) throws -> [RenderedObject] {
        guard context.runsMigrations else { return [] }
        return try context.catalog.jobs.map { job in
            let template = template(job, context)
            let digest = StableHash.of(try JSONValue(encoding: template).text).prefix(8)
            let object = Job {
                $0.metadata = context.metadata(
                    "\(context.name(job.name))-\(digest)", job.name,
                    annotations: context.scannerWaivers(image: job.image, user: job.user))
                $0.spec = Job.Spec {
                    $0.backoffLimit = 3
                    $0.activeDeadlineSeconds = 900
                    // The ledger in status, not the Job, records what ran.
                    $0.ttlSecondsAfterFinished = 3600
                    $0.completions = 1
                    $0.parallelism = 1
                    $0.template = template
                }
            }
            return try RenderedObject(object, .job, job.name)
        }
    }

    private func template(_ job: MigrationJob, _ context: RenderContext) -> PodTemplate {
        HardenedPodTemplate(context: context, name: job.name, user: job.user).template(
            container: {
                $0.image = context.image(job.image)
                $0.imagePullPolicy = context.pullPolicy(context.image(job.image))
                $0.command = job.command
                $0.args = job.args
                $0.resources = Resources(
                    requests: ["cpu": "50m", "memory": "64Mi", "ephemeral-storage": "64Mi"],
                    limits: ["cpu": "500m", "memory": "256Mi", "ephemeral-storage": "256Mi"])
            }, grace: nil, isJob: true)
    }
}
