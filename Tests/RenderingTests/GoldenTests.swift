import CaracalAPI
import KubeModel
import KubeYAML
import Rendering
import TestSupport
import Testing

@Suite struct GoldenTests {
    static let cases = Fixture.allCases.flatMap { fixture in ResourceCatalog.all.indices.map { (fixture, $0) } }

    @Test(arguments: cases)
    func rendersAsRecorded(fixture: Fixture, index: Int) throws {
        let renderer = ResourceCatalog.all[index]
        let objects = try renderer.render(try fixture.context()).map { $0.stamped().document }
        let path = "Tests/RenderingTests/Golden/\(fixture.rawValue)/\(type(of: renderer)).yaml"
        #expect(Golden.compare(YAML.stream(objects), path) == .equal)
    }

    @Test(arguments: Fixture.allCases)
    func sameInputsGiveTheSameBytes(fixture: Fixture) throws {
        let first = try ResourceCatalog.render(try fixture.context()).map(\.document.bytes)
        let second = try ResourceCatalog.render(try fixture.context()).map(\.document.bytes)
        #expect(first == second)
    }

    @Test(arguments: Fixture.allCases)
    func nothingIsNull(fixture: Fixture) throws {
        for object in try ResourceCatalog.render(try fixture.context()) {
            #expect(!object.document.text.contains(":null"), "\(object.name)")
        }
    }
}
