// What SpeechOps needs in Azure: a Speech resource that trains, those that serve (targets), a storage account, and
// three identities without a secret that GitHub's jobs sign in as: those of pull requests, those of main, and those
// of the environment. main.json is the same as ARM JSON, for where no Bicep compiler is.

@description('Name of the Speech resource and of its custom domain NAME.cognitiveservices.azure.com.')
@minLength(2)
@maxLength(64)
param name string

@description('Name of the storage account: 3 to 24 lower-case letters and digits.')
@minLength(3)
@maxLength(24)
param storageName string

@description('Subjects of the ID tokens that may sign in, each with the identity: {job: deploy, subject: repo:O/N:environment:E}.')
@minLength(1)
@maxLength(60)
param subjects array

@description('Speech resources that serve, beside the one that trains: {name: NAME, location: REGION}.')
@maxLength(20)
param targets array = []

@description('Region of all resources; it has to offer custom speech.')
param location string = resourceGroup().location

@description('Pricing tier of the Speech resource. F0 has room for two datasets and one endpoint.')
@allowed(['F0', 'S0'])
param speechTier string = 'S0'

@description('Whether the Speech resource takes keys as well, for applications that cannot sign in.')
param speechKeys bool = false

@description('Days for which deleted and replaced documents can be brought back.')
@minValue(1)
@maxValue(365)
param restoreDays int = 30

var speechContributor = '0e75ca1e-0464-4b4d-8b93-68208a576181' // Cognitive Services Speech Contributor
var speechUser = 'f2dc8367-1007-4938-bd23-fe263f013447' // Cognitive Services Speech User, who reads alone
var blobContributor = 'ba92f5b4-2d11-453d-a403-e96b0029c9fe' // Storage Blob Data Contributor
var blobReader = '2a2b9908-6ea1-4ae2-8e65-a410df84e7d1' // Storage Blob Data Reader

var jobs = ['pull-requests', 'main', 'deploy']
var containers = ['configuration', 'test-results', 'run-records', 'vocabularies', 'releases']
// Who may do what in which container, by the places in the two lists above.
var grants = [
  { job: 0, container: 0, role: blobReader }
  { job: 0, container: 1, role: blobContributor }
  { job: 0, container: 2, role: blobContributor }
  { job: 0, container: 3, role: blobContributor }
  { job: 0, container: 4, role: blobReader }
  { job: 1, container: 0, role: blobContributor }
  { job: 1, container: 1, role: blobContributor }
  { job: 1, container: 2, role: blobContributor }
  { job: 1, container: 3, role: blobContributor }
  { job: 1, container: 4, role: blobReader }
  { job: 2, container: 0, role: blobContributor }
  { job: 2, container: 1, role: blobReader }
  { job: 2, container: 2, role: blobContributor }
  { job: 2, container: 3, role: blobReader }
  { job: 2, container: 4, role: blobContributor }
]

resource speech 'Microsoft.CognitiveServices/accounts@2024-10-01' = {
  name: name
  location: location
  kind: 'SpeechServices'
  sku: {
    name: speechTier
  }
  properties: {
    customSubDomainName: name
    disableLocalAuth: !speechKeys
    publicNetworkAccess: 'Enabled'
  }
}

resource serving 'Microsoft.CognitiveServices/accounts@2024-10-01' = [
  for target in targets: {
    name: '${name}-${target.name}'
    location: target.location
    kind: 'SpeechServices'
    sku: {
      name: speechTier
    }
    properties: {
      customSubDomainName: '${name}-${target.name}'
      disableLocalAuth: !speechKeys
      publicNetworkAccess: 'Enabled'
    }
  }
]

resource storage 'Microsoft.Storage/storageAccounts@2023-05-01' = {
  name: storageName
  location: location
  kind: 'StorageV2'
  sku: {
    name: 'Standard_LRS'
  }
  properties: {
    accessTier: 'Hot'
    allowBlobPublicAccess: false
    allowSharedKeyAccess: false
    minimumTlsVersion: 'TLS1_2'
    supportsHttpsTrafficOnly: true
  }
}

resource blobs 'Microsoft.Storage/storageAccounts/blobServices@2023-05-01' = {
  parent: storage
  name: 'default'
  properties: {
    isVersioningEnabled: true
    deleteRetentionPolicy: {
      enabled: true
      days: restoreDays
    }
    containerDeleteRetentionPolicy: {
      enabled: true
      days: restoreDays
    }
  }
}

resource boxes 'Microsoft.Storage/storageAccounts/blobServices/containers@2023-05-01' = [
  for container in containers: {
    parent: blobs
    name: container
    properties: {
      publicAccess: 'None'
    }
  }
]

resource identities 'Microsoft.ManagedIdentity/userAssignedIdentities@2023-01-31' = [
  for job in jobs: {
    name: '${name}-${job}'
    location: location
  }
]

// Azure takes the credentials of one identity one after another.
@batchSize(1)
resource credentials 'Microsoft.ManagedIdentity/userAssignedIdentities/federatedIdentityCredentials@2023-01-31' = [
  for item in subjects: {
    name: '${name}-${item.job}/github-${uniqueString(item.subject)}'
    properties: {
      issuer: 'https://token.actions.githubusercontent.com'
      subject: item.subject
      audiences: ['api://AzureADTokenExchange']
    }
    dependsOn: [identities]
  }
]

// The resource that trains: all three, as deploy copies from it, or serves from it if there are no targets.
resource trainingRoles 'Microsoft.Authorization/roleAssignments@2022-04-01' = [
  for (job, index) in jobs: {
    name: guid(speech.id, job, speechContributor)
    scope: speech
    properties: {
      principalId: identities[index].properties.principalId
      principalType: 'ServicePrincipal'
      roleDefinitionId: subscriptionResourceId('Microsoft.Authorization/roleDefinitions', speechContributor)
    }
  }
]

// The resources that serve: the environment's identity changes them, that of main looks at them each night.
resource servingRoles 'Microsoft.Authorization/roleAssignments@2022-04-01' = [
  for (target, index) in targets: {
    name: guid(serving[index].id, 'deploy', speechContributor)
    scope: serving[index]
    properties: {
      principalId: identities[2].properties.principalId
      principalType: 'ServicePrincipal'
      roleDefinitionId: subscriptionResourceId('Microsoft.Authorization/roleDefinitions', speechContributor)
    }
  }
]

resource watchingRoles 'Microsoft.Authorization/roleAssignments@2022-04-01' = [
  for (target, index) in targets: {
    name: guid(serving[index].id, 'main', speechUser)
    scope: serving[index]
    properties: {
      principalId: identities[1].properties.principalId
      principalType: 'ServicePrincipal'
      roleDefinitionId: subscriptionResourceId('Microsoft.Authorization/roleDefinitions', speechUser)
    }
  }
]

resource containerRoles 'Microsoft.Authorization/roleAssignments@2022-04-01' = [
  for grant in grants: {
    name: guid(storage.id, containers[grant.container], jobs[grant.job], grant.role)
    scope: boxes[grant.container]
    properties: {
      principalId: identities[grant.job].properties.principalId
      principalType: 'ServicePrincipal'
      roleDefinitionId: subscriptionResourceId('Microsoft.Authorization/roleDefinitions', grant.role)
    }
  }
]

output pullRequestClientId string = identities[0].properties.clientId
output mainClientId string = identities[1].properties.clientId
output deployClientId string = identities[2].properties.clientId
output tenantId string = identities[0].properties.tenantId
output speechEndpoint string = speech.properties.endpoint
output speechResourceId string = speech.id
output storageAccount string = storage.name
