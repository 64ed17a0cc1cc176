// renode-virtio-net, MIT licence: see LICENSE.
// What a node costs among many on one network, in Renode: dotnet run -c Release --project bench/Nodes [-- 4 64]

using System.Globalization;
using VirtioNet.Bench.Nodes;

if(!RenodeRun.TryFind(out var renode, out var reason))
{
    Console.WriteLine($"skipped: {reason}");
    return 0;
}
var sizes = args.Length == 0 ? [2, 4, 8, 16, 32, 64] : Array.ConvertAll(args, x => int.TryParse(x, out var size) ? size : 0);
if(Array.Exists(sizes, x => x < 2 || x > 254 || x % 2 != 0))
{
    Console.Error.WriteLine($"'{string.Join(' ', args)}' is wrong: give numbers of nodes, each even and from 2 to 254, such as 4 64, or none for 2 to 64");
    return 2;
}
// In turn, so that what else the machine does meets all of them; the smallest cost of each counts.
var costs = new Dictionary<int, NodeCost>();
for(var round = 1; round <= Rounds; round++)
{
    foreach(var size in sizes)
    {
        var cost = await renode.Measure(size);
        Console.Error.WriteLine(string.Create(CultureInfo.InvariantCulture, $"round {round} of {Rounds}, {size} nodes: {cost.OfNode:F0} ms a node"));
        costs[size] = costs.TryGetValue(size, out var before) && before.OfNode < cost.OfNode ? before : cost;
    }
}
var compared = costs[sizes.Contains(ComparedSize) ? ComparedSize : sizes[0]];
Console.WriteLine($"| nodes | a node and virtual second | against {compared.Nodes} nodes | packets of a node and virtual second | a packet |");
Console.WriteLine("|---|---|---|---|---|");
foreach(var cost in costs.Values)
{
    Console.WriteLine(string.Create(CultureInfo.InvariantCulture,
        $"| {cost.Nodes} | {cost.OfNode:F0} ms | {cost.OfNode / compared.OfNode:F2} | {cost.PacketsOfNode:F0} | {1000 * cost.OfNode / cost.PacketsOfNode:F1} us |"));
}
return 0;

internal sealed partial class Program
{
    private const int Rounds = 3;
    private const int ComparedSize = 4;
}
