// renode-virtio-net, MIT licence: see LICENSE.
// Runs the benchmarks on one core: dotnet run -c Release --project bench [-- --filter *Receive*]

using System.Diagnostics;
using BenchmarkDotNet.Columns;
using BenchmarkDotNet.Configs;
using BenchmarkDotNet.Diagnosers;
using BenchmarkDotNet.Jobs;
using BenchmarkDotNet.Loggers;
using BenchmarkDotNet.Reports;
using BenchmarkDotNet.Running;
using BenchmarkDotNet.Toolchains.InProcess.Emit;
using Perfolizer.Horology;
using Perfolizer.Metrology;
using VirtioNet.Bench;

// Benchmarks run in this process: a project that BenchmarkDotNet generates would not have the C loop, nor this folder's
// settings.
var job = Job.Default
    .WithToolchain(InProcessEmitToolchain.Instance)
    .WithWarmupCount(10)
    .WithIterationCount(15)
    .WithIterationTime(TimeInterval.FromMilliseconds(100));
var config = ManualConfig.CreateEmpty()
    .AddJob(job)
    .AddDiagnoser(MemoryDiagnoser.Default)
    .AddColumnProvider(DefaultColumnProviders.Instance)
    .AddColumn(StatisticColumn.Min)
    .AddLogger(ConsoleLogger.Default)
    .AddExporter(BenchmarkDotNet.Exporters.MarkdownExporter.GitHub)
    .WithArtifactsPath(Path.Combine(AppContext.BaseDirectory, "results"))
    .WithOption(ConfigOptions.DisableLogFile, true)
    .WithSummaryStyle(SummaryStyle.Default.WithTimeUnit(TimeUnit.Nanosecond));
if(OperatingSystem.IsLinux())
{
    using var process = Process.GetCurrentProcess();
    process.ProcessorAffinity = 1;
}
BenchmarkSwitcher.FromTypes([typeof(TransmitBenchmark), typeof(ReceiveBenchmark)]).Run(args.Length != 0 ? args : ["--filter", "*"], config);
