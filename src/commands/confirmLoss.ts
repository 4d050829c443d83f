import * as vscode from 'vscode';
import { Cancelled } from '../flows/ask';

/**
 * Asks a person before something is lost.
 * @param detail what is lost
 * @throws Cancelled
 */
export async function confirmLoss(question: string, detail: string, verb: string): Promise<void> {
  if ((await vscode.window.showWarningMessage(question, { modal: true, detail }, verb)) !== verb)
    throw new Cancelled();
}
