import type * as vscode from 'vscode';

/** The tree as a person reads it: a line an item, indented by depth, with its description. */
export async function treeText<T>(provider: vscode.TreeDataProvider<T>): Promise<string> {
  const lines: string[] = [];
  const visit = async (parent: T | undefined, depth: number): Promise<void> => {
    for (const node of (await provider.getChildren(parent)) ?? []) {
      const item = await provider.getTreeItem(node);
      const label = typeof item.label === 'string' ? item.label : (item.label?.label ?? '');
      const description = typeof item.description === 'string' ? item.description : '';
      lines.push(`${'  '.repeat(depth)}${label}${description === '' ? '' : `  (${description})`}`);
      await visit(node, depth + 1);
    }
  };
  await visit(undefined, 0);
  return lines.join('\n');
}
