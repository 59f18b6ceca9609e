# As setup.sh, for PowerShell 7: sets up Azure and a GitHub repository for SpeechOps. May be run again.
# Needs az, signed in as Owner or User Access Administrator of the group, and gh, signed in as an administrator.
[CmdletBinding()]
param(
  [Parameter(Mandatory)] [string] $Group,
  [Parameter(Mandatory)] [ValidatePattern('^[A-Za-z0-9][A-Za-z0-9-]{1,63}$')] [string] $Name,
  [Parameter(Mandatory)] [ValidatePattern('^[a-z0-9]{3,24}$')] [string] $Storage,
  [Parameter(Mandatory)] [ValidatePattern('^[A-Za-z0-9_.-]+/[A-Za-z0-9_.-]+$')] [string] $Repository,
  [string] $Location = 'westeurope',
  [ValidateSet('F0', 'S0')] [string] $Tier = 'S0',
  [string] $Environment = 'production',
  [string[]] $Branch = @('main'),
  [string[]] $Target = @(),   # NAME=REGION
  [string] $Reviewer,
  [switch] $Keys,
  [switch] $DryRun
)
$ErrorActionPreference = 'Stop'

function Invoke-Change {
  if ($DryRun) { "would run: $args"; return }
  & $args[0] $args[1..($args.Count - 1)]
  if ($LASTEXITCODE) { throw "$($args[0]) $($args[1]) failed." }
}

az account show --output none
if ($LASTEXITCODE) { throw 'Nobody is signed in to Azure: az login.' }
$found = gh api "repos/$Repository" | ConvertFrom-Json
if ($LASTEXITCODE) { throw 'Nobody is signed in to GitHub, or there is no such repository: gh auth login.' }

# Both forms in which GitHub names a repository in ID tokens, as in setup.sh.
$owner, $repo = $found.full_name -split '/'
$forms = "repo:$owner/$repo", "repo:$owner@$($found.owner.id)/$repo@$($found.id)"
$subjects = foreach ($form in $forms) {
  @{ job = 'pull-requests'; subject = "${form}:pull_request" }
  foreach ($name in $Branch) { @{ job = 'main'; subject = "${form}:ref:refs/heads/$name" } }
  @{ job = 'deploy'; subject = "${form}:environment:$Environment" }
}
$serving = foreach ($item in $Target) {
  $parts = $item -split '=', 2
  @{ name = $parts[0]; location = $parts[1] }
}
# A file of parameters: quoting of JSON in arguments differs from shell to shell.
$parameters = New-TemporaryFile
@{
  '$schema' = 'https://schema.management.azure.com/schemas/2019-04-01/deploymentParameters.json#'
  contentVersion = '1.0.0.0'
  parameters = @{
    name = @{ value = $Name }; storageName = @{ value = $Storage }; location = @{ value = $Location }
    speechTier = @{ value = $Tier }; speechKeys = @{ value = [bool] $Keys }
    subjects = @{ value = @($subjects) }; targets = @{ value = @($serving) }
  }
} | ConvertTo-Json -Depth 6 | Set-Content $parameters

$template = Join-Path $PSScriptRoot 'main.json'
Invoke-Change az group create --name $Group --location $Location --output none
# What main.json assigns, as setup.sh lists it.
$found = (Get-Content $template -Raw | ConvertFrom-Json).variables
foreach ($job in $found.jobs) { "$Name-${job}: Cognitive Services Speech Contributor on $Name" }
foreach ($item in $serving) {
  "$Name-main: Cognitive Services Speech User on $Name-$($item.name)"
  "$Name-deploy: Cognitive Services Speech Contributor on $Name-$($item.name)"
}
foreach ($grant in $found.grants) {
  $role = if ($grant.role -like '*blobReader*') { 'Reader' } else { 'Contributor' }
  "$Name-$($found.jobs[$grant.job]): Storage Blob Data $role on $Storage/$($found.containers[$grant.container])"
}
if ($DryRun) {
  'Azure itself lists each resource and each assignment, and changes nothing, once the group is there:'
  "az deployment group what-if --resource-group $Group --template-file $template --parameters `@$parameters"
}
Invoke-Change az deployment group create --resource-group $Group --name speechops --template-file $template `
  --parameters "@$parameters" --output none

function Get-Result($Output) {
  if ($DryRun) { return "<$Output>" }
  az deployment group show --resource-group $Group --name speechops --output tsv --query "properties.outputs.$Output.value"
}
$variables = [ordered]@{
  AZURE_CLIENT_ID_PULL_REQUEST = Get-Result pullRequestClientId
  AZURE_CLIENT_ID = Get-Result mainClientId
  AZURE_CLIENT_ID_DEPLOY = Get-Result deployClientId
  SPEECH_RESOURCE_ID = Get-Result speechResourceId
  AZURE_TENANT_ID = Get-Result tenantId
  SPEECH_ENDPOINT = (Get-Result speechEndpoint).TrimEnd('/')
  STORAGE_ACCOUNT = $Storage
}
foreach ($variable in $variables.GetEnumerator()) {
  Invoke-Change gh variable set $variable.Key --repo $Repository --body $variable.Value
}

$protected = gh api "repos/$Repository/environments/$Environment" `
  --jq '[.protection_rules[]? | select(.type == "required_reviewers")] | length' 2>$null
if ($LASTEXITCODE -or $protected -eq '0') {
  if (-not $Reviewer) { $Reviewer = gh api user --jq .login }
  $id = gh api "users/$Reviewer" --jq .id
  Invoke-Change gh api --silent --method PUT "repos/$Repository/environments/$Environment" `
    -F 'reviewers[][type]=User' -F "reviewers[][id]=$id"
}
if (-not $DryRun) { Remove-Item $parameters }
'Done. The README beside this script says what the workflows are given.'
