import KubeModel
import Testing

@Suite struct ValueTests {
    @Test(arguments: [
        ("1000m", "1"), ("1024Mi", "1Gi"), ("0.5", "500m"), ("1e3", "1k"), ("2048Mi", "2Gi"), ("1E", "1000P"),
        ("+1", "1"), ("1.0", "1"), (".5", "0.5"),
    ])
    func quantitiesAreComparedByValue(a: String, b: String) throws {
        let (one, other) = (try #require(Quantity(a)), try #require(Quantity(b)))
        #expect(one == other)
    }

    @Test(arguments: ["", "x", "1Q", "1..2", "e3", "-", "1 Gi"])
    func notQuantities(text: String) { #expect(Quantity(text) == nil) }

    @Test(arguments: [
        ("10.0.0.0/8", "10.1.2.0/24", true), ("10.0.0.0/8", "11.0.0.0/8", false),
        ("0.0.0.0/0", "169.254.169.254/32", true),
        ("::/0", "fd00:ec2::254/128", true), ("fc00::/7", "fd00:ec2::254/128", true),
        ("10.0.0.0/24", "10.0.0.0/8", false), ("0.0.0.0/0", "::/0", false),
    ])
    func rangesContain(outer: String, inner: String, expected: Bool) throws {
        let (a, b) = (try #require(CIDR(outer)), try #require(CIDR(inner)))
        #expect(a.contains(b) == expected)
    }

    @Test(arguments: [
        "10.0.0.1/8", "10.0.0/8", "256.0.0.0/8", "10.0.0.0", "10.0.0.0/33", "::1::/64", "fe80::/129", "01.0.0.0/8",
        "10.0.0.0/+8",
    ])
    func notRanges(text: String) { #expect(CIDR(text) == nil) }

    @Test(arguments: ["::/0", "fd00:ec2::254/128", "2001:db8::/32", "::1/128", "ff00::/8", "1:2:3:4:5:6:7:8/128"])
    func ipv6Text(text: String) { #expect(CIDR(text)?.description == text) }

    @Test func times() {
        let time = Timestamp(seconds: 1_795_464_157.25)
        #expect(time.description == "2026-11-23T20:02:37Z")
        #expect(time.microTime == "2026-11-23T20:02:37.250000Z")
        #expect(Timestamp("2026-11-23T20:02:37Z")?.seconds == 1_795_464_157)
        #expect(Timestamp("yesterday") == nil)
    }
}
