#!/usr/bin/env bash
# Sets up Azure and a GitHub repository for SpeechOps. May be run again: what is there is brought up to date.
set -euo pipefail

usage() {
  cat <<'TEXT'
usage: setup.sh --group GROUP --name NAME --storage STORAGE --repository OWNER/REPO [options]

  --group GROUP         resource group, made if absent
  --name NAME           Speech resource and its custom domain NAME.cognitiveservices.azure.com
  --storage STORAGE     storage account, 3 to 24 lower-case letters and digits
  --repository O/R      the repository whose jobs sign in
  --location LOCATION   region [westeurope]
  --tier F0|S0          pricing tier of the Speech resource [S0]
  --environment NAME    environment that deploy runs in [production]
  --branch NAME         branch whose jobs may sign in; may be given several times [main]
  --target NAME=REGION  another Speech resource, NAME-TARGET, that serves; may be given several times
  --reviewer LOGIN      who has to approve a deployment [you]
  --keys                let the Speech resource take keys as well
  --dry-run             print what would be done; ask, but change nothing

Needs az, signed in as Owner or User Access Administrator of the group, and gh, signed in as an administrator of
the repository. No secret is made: jobs sign in with OpenID Connect.
TEXT
}

fail() {
  printf 'setup.sh: %s\n' "$1" >&2
  exit 2
}

location=westeurope tier=S0 environment=production keys=false dry_run=false reviewer=
group='' name='' storage='' repository=''
branches=() targets=()
while [ $# -gt 0 ]; do
  case $1 in
    --group | --name | --storage | --repository | --location | --tier | --environment | --branch | --reviewer | --target)
      [ $# -ge 2 ] || fail "$1 needs a value."
      case $1 in
        --branch) branches+=("$2") ;;
        --target) targets+=("$2") ;;
        *) printf -v "${1#--}" '%s' "$2" ;;
      esac
      shift 2
      ;;
    --keys) keys=true && shift ;;
    --dry-run) dry_run=true && shift ;;
    --help | -h) usage && exit 0 ;;
    *) fail "unknown option $1; --help lists the options." ;;
  esac
done
[ ${#branches[@]} -gt 0 ] || branches=(main)
for required in group name storage repository; do
  [ -n "${!required}" ] || fail "--$required is missing; --help lists the options."
done
[[ $storage =~ ^[a-z0-9]{3,24}$ ]] || fail "--storage: 3 to 24 lower-case letters and digits."
[[ $repository =~ ^[A-Za-z0-9_.-]+/[A-Za-z0-9_.-]+$ ]] || fail "--repository: OWNER/REPO."
[[ $tier =~ ^(F0|S0)$ ]] || fail "--tier: F0 or S0."
for target in ${targets[@]+"${targets[@]}"}; do
  [[ $target =~ ^[a-z0-9][a-z0-9-]{0,31}=[a-z0-9]+$ ]] || fail "--target: NAME=REGION."
done
for tool in az gh; do
  command -v "$tool" >/dev/null || fail "$tool is not installed."
done
az account show --output none 2>/dev/null || fail "nobody is signed in to Azure: az login."
gh auth status >/dev/null 2>&1 || fail "nobody is signed in to GitHub: gh auth login."

change() {
  if $dry_run; then
    printf 'would run:'
    printf ' %q' "$@"
    printf '\n'
  else
    "$@"
  fi
}

# GitHub names a repository in ID tokens by its names or, on those made, renamed or moved from 15 July 2026, by
# its names and ids. Both forms are given, so that a later rename does not lock the jobs out.
owner_id=$(gh api "repos/$repository" --jq .owner.id)
repository_id=$(gh api "repos/$repository" --jq .id)
canonical=$(gh api "repos/$repository" --jq .full_name) # Entra minds upper and lower case
forms=("repo:$canonical" "repo:${canonical%/*}@$owner_id/${canonical#*/}@$repository_id")
subjects=''
may_sign_in() { # identity, what follows the repository in the subject
  for form in "${forms[@]}"; do
    subjects+="{\"job\":\"$1\",\"subject\":\"$form:$2\"},"
  done
}
may_sign_in pull-requests pull_request
for branch in "${branches[@]}"; do
  may_sign_in main "ref:refs/heads/$branch"
done
may_sign_in deploy "environment:$environment"

serving=''
for target in ${targets[@]+"${targets[@]}"}; do
  serving+="{\"name\":\"${target%%=*}\",\"location\":\"${target#*=}\"},"
done

# What main.json assigns; a test holds the two together.
assignments() {
  local job container
  for job in pull-requests main deploy; do
    echo "$name-$job: Cognitive Services Speech Contributor on $name"
  done
  for target in ${targets[@]+"${targets[@]}"}; do
    echo "$name-main: Cognitive Services Speech User on $name-${target%%=*}"
    echo "$name-deploy: Cognitive Services Speech Contributor on $name-${target%%=*}"
  done
  for container in configuration test-results run-records vocabularies releases; do
    for job in pull-requests main deploy; do
      case $job/$container in
        pull-requests/configuration | pull-requests/releases | main/releases) role=Reader ;;
        deploy/test-results | deploy/vocabularies) role=Reader ;;
        *) role=Contributor ;;
      esac
      echo "$name-$job: Storage Blob Data $role on $storage/$container"
    done
  done
}

echo "Azure: group $group"
change az group create --name "$group" --location "$location" --output none

echo "Azure: Speech resource $name, storage account $storage, identities $name-pull-requests, $name-main, $name-deploy"
assignments
folder=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
change az deployment group create --resource-group "$group" --name speechops --template-file "$folder/main.json" \
  --parameters "name=$name" "storageName=$storage" "subjects=[${subjects%,}]" "targets=[${serving%,}]" \
  "location=$location" \
  "speechTier=$tier" "speechKeys=$keys" --output none

result() {
  if $dry_run; then
    echo "<$1>"
  else
    az deployment group show --resource-group "$group" --name speechops --output tsv \
      --query "properties.outputs.$1.value"
  fi
}
pull_request_id=$(result pullRequestClientId)
main_id=$(result mainClientId)
deploy_id=$(result deployClientId)
resource_id=$(result speechResourceId)
tenant_id=$(result tenantId)
endpoint=$(result speechEndpoint)

echo "GitHub: variables of $repository"
change gh variable set AZURE_CLIENT_ID_PULL_REQUEST --repo "$repository" --body "$pull_request_id"
change gh variable set AZURE_CLIENT_ID --repo "$repository" --body "$main_id"
change gh variable set AZURE_CLIENT_ID_DEPLOY --repo "$repository" --body "$deploy_id"
change gh variable set SPEECH_RESOURCE_ID --repo "$repository" --body "$resource_id"
change gh variable set AZURE_TENANT_ID --repo "$repository" --body "$tenant_id"
change gh variable set SPEECH_ENDPOINT --repo "$repository" --body "${endpoint%/}"
change gh variable set STORAGE_ACCOUNT --repo "$repository" --body "$storage"

# Where there is no such environment, gh prints the answer and fails.
reviewers=$(gh api "repos/$repository/environments/$environment" \
  --jq '[.protection_rules[]? | select(.type == "required_reviewers")] | length' 2>/dev/null) || reviewers=0
if [ "$reviewers" = 0 ]; then
  reviewer=${reviewer:-$(gh api user --jq .login)}
  echo "GitHub: environment $environment, where $reviewer has to approve"
  reviewer_id=$(gh api "users/$reviewer" --jq .id)
  change gh api --silent --method PUT "repos/$repository/environments/$environment" \
    -F 'reviewers[][type]=User' -F "reviewers[][id]=$reviewer_id" ||
    fail "the environment takes no reviewers: they need a public repository or GitHub Enterprise. Everything else is done."
else
  echo "GitHub: environment $environment is protected already"
fi

cat <<TEXT
Done. In the workflow that calls pull-request.yml:
  azure-client-id: \${{ vars.AZURE_CLIENT_ID_PULL_REQUEST }}
In those that call ci-cd.yml and maintenance.yml:
  azure-client-id: \${{ vars.AZURE_CLIENT_ID }}
  deploy-client-id: \${{ vars.AZURE_CLIENT_ID_DEPLOY }}      # ci-cd.yml alone
  speech-resource-id: \${{ vars.SPEECH_RESOURCE_ID }}        # ci-cd.yml alone, with targets
In all of them:
  speech-endpoint: \${{ vars.SPEECH_ENDPOINT }}
  storage-account: \${{ vars.STORAGE_ACCOUNT }}
  azure-tenant-id: \${{ vars.AZURE_TENANT_ID }}
TEXT
if [ ${#targets[@]} -gt 0 ]; then
  echo "In speechops.yml:"
  echo "  targets:"
  for target in "${targets[@]}"; do
    echo "    ${target%%=*}: { speech-endpoint: https://$name-${target%%=*}.cognitiveservices.azure.com }"
  done
fi
echo "Roles take some minutes to count. Then speechops doctor says whether all is well."
