import KubeModel
import Reconciliation
import Testing

@Suite struct DiffTests {
    static let cases: [(wanted: JSONValue, live: JSONValue, differs: [String])] = [
        (["a": 1], ["a": 1, "b": 2], []),
        (["a": 1], ["a": 2], ["a"]),
        (["a": false, "b": 0, "c": "", "d": [], "e": [:], "f": ["g": false]], [:], []),
        (["a": true], [:], ["a"]),
        (
            ["spec": ["resources": ["limits": ["cpu": "1000m", "memory": "1024Mi"]]]],
            ["spec": ["resources": ["limits": ["cpu": "1", "memory": "1Gi"]]]], []
        ),
        (
            ["spec": ["resources": ["limits": ["cpu": "2"]]]], ["spec": ["resources": ["limits": ["cpu": "1"]]]],
            ["spec.resources.limits.cpu"]
        ),
        (
            ["containers": [["name": "a", "image": "x"]]],
            ["containers": [["name": "mesh"], ["name": "a", "image": "x", "tty": true]]], []
        ),
        (
            ["containers": [["name": "a", "image": "x"]]], ["containers": [["name": "a", "image": "y"]]],
            ["containers[a].image"]
        ),
        (["ports": [["port": 80, "protocol": "TCP"]]], ["ports": [["port": 80]]], ["ports[80].protocol"]),
        (["args": ["a", "b"]], ["args": ["a"]], ["args"]),
        (["rules": [["from": [["x": 1]]]]], ["rules": [["from": [["x": 1, "y": 2]]]]], []),
        (["n": .number(1)], ["n": 1], []),
    ]

    @Test(arguments: cases.indices)
    func comparesWhatWeHaveAnOpinionOn(index: Int) {
        let example = Self.cases[index]
        #expect(ResourceDiff.differences(rendered: example.wanted, live: example.live) == example.differs)
    }
}
