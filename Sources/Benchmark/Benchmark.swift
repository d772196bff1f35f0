import ArgumentParser

@main
struct Benchmark: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "Benchmark",
        abstract: "Measures the operator from outside. Started by hack/bench, which builds and serves what it needs.",
        subcommands: [MeasureCommand.self, SoakCommand.self])
}

/// A failure told to a person: one message on standard error, exit code 1.
struct Failure: Error, CustomStringConvertible {
    var description: String
    init(_ description: String) { self.description = description }
}
