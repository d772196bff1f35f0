import ArgumentParser

struct RBACCommand: ParsableCommand {}
struct DocsCommand: ParsableCommand {}
struct SandboxCommand: AsyncParsableCommand {}
