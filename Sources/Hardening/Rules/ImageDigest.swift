import KubeModel

/// A notice, not a breach: Caracal's release manifests name tags, and a tag is asked for at each start.
package struct ImageDigest: ContainerRule {
    package static let id = "image-digest"
    package static let demand = "Images are named by digest, so that what runs cannot change under its name."
    package static let source = "CIS 5.5.1; scanners"
    package static let isNotice = true
    let complaint = "runs an image by tag: add its digest to spec.images.digests"

    func isBroken(_ container: JSONValue, _ pod: PodView) -> Bool {
        container["image"]?.string?.contains("@sha256:") != true
    }
}
