import ArgumentParser
struct RunCommand: AsyncParsableCommand {}
struct RBACCommand: ParsableCommand {}
struct DocsCommand: ParsableCommand {}
struct SandboxCommand: AsyncParsableCommand {}
