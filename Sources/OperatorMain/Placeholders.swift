import ArgumentParser

struct RBACCommand: ParsableCommand {}
struct DocsCommand: ParsableCommand {}
